//! Programs that tests start, kill without a warning, and start again.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program with its arguments and environment; it dies with the test.
#[derive(Debug)]
pub struct Process {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    processors: Option<&'static str>,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// A program that is not started yet; its output goes to `<folder>/<name>.log`.
    pub fn new(name: &str, program: PathBuf, folder: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            processors: None,
            log: folder.join(format!("{name}.log")),
            child: None,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(ToOwned::to_owned));
        self
    }

    /// Adds a variable to the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Lets the program use only these processors, as `taskset -c` takes them.
    #[must_use]
    pub const fn on_processors(mut self, processors: Option<&'static str>) -> Self {
        self.processors = processors;
        self
    }

    /// Starts the program; its output is appended to the log.
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// The same with more variables in the environment, this time only.
    pub fn start_with(&mut self, environment: &[(&str, &str)]) {
        let child = self.command().envs(environment.iter().copied()).spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{}: {error}", self.program.display())));
    }

    /// Runs the program with one more argument and waits for its end.
    pub fn run(&self, argument: &str) {
        let status = self.command().arg(argument).status().unwrap();
        assert!(status.success(), "{} {argument} failed: {}", self.name, self.log_text());
    }

    /// `kill -9`, and waits until the process is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks the program to end and waits for it.
    pub fn terminate(&mut self) {
        self.end_by("TERM");
    }

    /// Sends a signal that ends the program, and waits until the process is gone.
    pub fn end_by(&mut self, signal: &str) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    /// Whether the program runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// The number of the process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Everything the program has said.
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where its output goes.
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    fn command(&self) -> Command {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut command = match self.processors {
            None => Command::new(&self.program),
            Some(processors) => {
                let mut command = Command::new("taskset");
                command.args(["-c", processors]).arg(&self.program);
                command
            }
        };
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("output of {}: {}", self.name, self.log.display());
        }
    }
}

/// The checkout.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

/// A program of the workspace: from `folder`, or from the same build as the running one.
pub fn program(folder: Option<&Path>, name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    // tests are one folder below the programs
    let of_this_build = this.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    let program = match folder {
        Some(folder) => Some(folder.join(name)).filter(|program| program.exists()),
        None => of_this_build.into_iter().find(|program| program.exists()),
    };
    program.unwrap_or_else(|| panic!("{name} is not built: cargo build --workspace --bins"))
}
