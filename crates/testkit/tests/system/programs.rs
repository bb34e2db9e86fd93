//! What the programs are made of.

use std::process::Command;

/// In every program with failpoints: the variable that arms them.
const MARK: &str = "FAILPOINTS";

#[test]
fn a_normal_program_has_no_failpoints() {
    let this_test = std::env::current_exe().unwrap();
    let folder = this_test.ancestors().nth(2).unwrap();
    for service in ["menu", "slot-scheduler", "order-consumer", "order-gateway", "ws-fanout"] {
        let program = folder.join(service);
        assert!(program.exists(), "{service} is not built: cargo build --workspace --bins");

        let search =
            Command::new("grep").args(["-q", "--text", "--fixed-strings", MARK]).arg(program).status();

        assert_eq!(search.unwrap().code(), Some(1), "{service} was built with --features chassis/failpoints");
    }
}
