//! In what a system differs from the usual one.

use std::path::PathBuf;

/// How a system is started. The default is what most tests want: the shared broker, beside other systems.
#[derive(Clone, Debug)]
pub struct SystemSettings {
    /// A Kafka node of its own, which can be killed.
    pub own_broker: bool,
    /// A PostgreSQL cluster of its own, which can be stopped hard.
    pub own_postgres: bool,
    /// Everything goes through links that can be made bad, also to a broker of its own.
    pub links: bool,
    /// What services log (`RUST_LOG`).
    pub log: &'static str,
    /// More variables of a service's environment: service, name, value. They win over the usual ones.
    pub environment: Vec<(&'static str, &'static str, String)>,
    /// Folder of the services; those of the caller's own build when absent.
    pub services: Option<PathBuf>,
    /// The processors that services may use, as `taskset -c` takes them; all when absent.
    pub processors: Option<&'static str>,
}

impl Default for SystemSettings {
    fn default() -> Self {
        Self {
            own_broker: false,
            links: false,
            own_postgres: false,
            log: "info,orders=debug",
            environment: Vec::new(),
            services: None,
            processors: None,
        }
    }
}
