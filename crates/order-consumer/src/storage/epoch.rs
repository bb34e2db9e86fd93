//! Whether Redis still is what was filled: `orders:epoch` names the life of the server in which it was.

use std::sync::LazyLock;

use cache::{Cache, CacheError};
use redis::{AsyncCommands as _, Script};

const EPOCH: &str = "orders:epoch";
/// A filling that takes longer than this begins anew.
const FILLING_SECONDS: u64 = 600;

/// KEYS  1 the filling, 2 the epoch
/// ARGV  1 this life of the server
static END: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
         redis.call('DEL', KEYS[1]) redis.call('SET', KEYS[2], ARGV[1]) return 1",
    )
});

/// Whether Redis was filled in this life.
pub async fn is_filled(redis: &Cache) -> Result<bool, CacheError> {
    let filled: Option<String> = redis.conn().get(EPOCH).await?;
    Ok(filled.is_some() && filled == Some(redis.life().await?))
}

/// Begins a filling; `token` tells it from others.
pub async fn begin(redis: &Cache, token: &str) -> Result<(), CacheError> {
    let life = redis.life().await?;
    Ok(redis.conn().set_ex(filling(token), life, FILLING_SECONDS).await?)
}

/// Ends a filling. `false`: Redis was started anew meanwhile, or has forgotten.
pub async fn end(redis: &Cache, token: &str) -> Result<bool, CacheError> {
    let life = redis.life().await?;
    Ok(END.key(filling(token)).key(EPOCH).arg(life).invoke_async(&mut redis.conn()).await?)
}

fn filling(token: &str) -> String {
    format!("{EPOCH}:filling:{token}")
}
