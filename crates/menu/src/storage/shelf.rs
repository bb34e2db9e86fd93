//! The newest snapshot in Redis: `menu:full` for a warm start of the gateway, `menu:updated` for outside listeners.

use std::sync::LazyLock;

use cache::{Cache, CacheError};
use contracts::menu::v1::MenuSnapshot;
use redis::{AsyncTypedCommands as _, Script};

const FULL: &str = "menu:full";
const REVISION: &str = "menu:full:revision";
const UPDATED: &str = "menu:updated";

// several instances may write: only an upward step counts, and it is told once
static PUT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shelf.lua")));

/// The revision on the shelf, if there is one.
pub async fn revision(cache: &Cache) -> Result<Option<i64>, CacheError> {
    let text: Option<String> = cache.conn().get(REVISION).await?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// The snapshot on the shelf, if there is one.
pub async fn snapshot(cache: &Cache) -> Result<Option<MenuSnapshot>, CacheError> {
    cache.get_json(FULL).await
}

/// Puts a snapshot on the shelf and says so, unless a newer one or the same lies there.
pub async fn put(cache: &Cache, snapshot: &MenuSnapshot) -> Result<bool, CacheError> {
    let unreadable = |source| CacheError::Unreadable { key: FULL.to_owned(), source };
    let json = serde_json::to_string(snapshot).map_err(unreadable)?;
    let told = serde_json::json!({ "revision": snapshot.revision }).to_string();
    let newer: bool = PUT
        .key(FULL)
        .key(REVISION)
        .arg(snapshot.revision)
        .arg(json)
        .arg(UPDATED)
        .arg(told)
        .invoke_async(&mut cache.conn())
        .await?;
    Ok(newer)
}
