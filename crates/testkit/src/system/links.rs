//! Links between the services of a system, its stores and its clients.

use std::collections::BTreeMap;

use crate::{Link, TestBroker, free_port};

/// The links of one system by what is behind them; none when it was started without.
#[derive(Debug, Default)]
pub struct Links(BTreeMap<&'static str, Link>);

impl Links {
    /// A broker that tells whoever comes through the link to come through the link again. Others reach it directly.
    pub async fn broker(&mut self) -> TestBroker {
        let port = free_port();
        let link = self.add("kafka", &format!("127.0.0.1:{port}")).await.port();
        TestBroker::with_settings(&format!(
            "listeners=PLAINTEXT://127.0.0.1:@PORT@,LINKED://127.0.0.1:{port},CONTROLLER://127.0.0.1:@CONTROLLER@\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:@PORT@,LINKED://127.0.0.1:{link}\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,LINKED:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ))
        .await
    }

    /// Puts a link before `upstream`.
    pub async fn add(&mut self, name: &'static str, upstream: &str) -> &Link {
        let link = Link::to(upstream).await;
        self.0.entry(name).insert_entry(link).into_mut()
    }

    /// What is behind this name, through its link where there is one.
    pub fn way(&self, name: &str, direct: String) -> String {
        self.0.get(name).map_or(direct, Link::url)
    }

    /// The link before `name`.
    pub fn get(&self, name: &str) -> &Link {
        self.0.get(name).unwrap_or_else(|| panic!("no link before {name}: start the system with links"))
    }

    /// Every link.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        self.0.values()
    }
}
