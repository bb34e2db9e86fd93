//! What a program of ours really sends to Redis, so that a floor can send the same to the byte.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;

/// How long a command may take to be seen.
const PATIENCE: Duration = Duration::from_secs(5);

/// The last call of a script among what Redis is sent while `act` runs, with its arguments.
pub async fn script_call(
    redis: &str,
    act: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Vec<String>> {
    let mut monitor = redis::Client::open(redis)?.get_async_monitor().await?;
    act.await?;
    redis::cmd("ECHO").arg(END).exec_async(&mut connection(redis).await?).await?;
    let mut said = monitor.on_message::<String>();
    let mut call = None;
    loop {
        let line = tokio::time::timeout(PATIENCE, said.next()).await.context("Redis shows no commands")?;
        let words = words(&line.context("Redis has closed the monitor")?);
        match words.first().map(String::as_str) {
            Some("EVALSHA") => call = Some(words),
            Some("ECHO") if words.last().is_some_and(|word| word == END) => break,
            _ => {}
        }
    }
    call.context("no script was called")
}

const END: &str = "that was all";

async fn connection(redis: &str) -> anyhow::Result<redis::aio::MultiplexedConnection> {
    Ok(redis::Client::open(redis)?.get_multiplexed_async_connection().await?)
}

/// The arguments in a line of `MONITOR`: `1700000000.1 [0 127.0.0.1:1] "GET" "a \"key\""`.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars();
    while letters.any(|letter| letter == '"') {
        let mut word = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => break,
                '\\' => word.extend(letters.next().map(unescaped)),
                _ => word.push(letter),
            }
        }
        words.push(word);
    }
    words
}

const fn unescaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_word_by_word() {
        let line = r#"1700000000.123456 [0 127.0.0.1:50000] "EVALSHA" "abc" "" "a \"b\" \\ c""#;

        assert_eq!(words(line), ["EVALSHA", "abc", "", r#"a "b" \ c"#]);
    }

    #[tokio::test]
    async fn a_call_is_overheard_with_its_arguments() {
        let redis = testkit::TestRedis::start().await;
        let script = redis::Script::new("return ARGV[2]");

        let call = script_call(&redis.url(), async {
            let mut connection = connection(&redis.url()).await?;
            let _: String = script.key("k").arg("").arg("two words").invoke_async(&mut connection).await?;
            Ok(())
        })
        .await
        .unwrap();

        assert_eq!(call[2..], ["1", "k", "", "two words"]);
    }
}
