//! The scripts: whatever must be atomic.

use std::sync::LazyLock;

use redis::Script;

macro_rules! script {
    ($($file:literal),+) => {
        LazyLock::new(|| Script::new(concat!($(include_str!($file)),+)))
    };
}

/// Finds a slot and takes it.
pub(super) static ASSIGN: LazyLock<Script> = script!("scripts/slot.lua", "scripts/assign.lua");

/// Turns a hold into a confirmation, or books an order that has none.
pub(super) static CONFIRM: LazyLock<Script> =
    script!("scripts/slot.lua", "scripts/back.lua", "scripts/confirm.lua");

/// Gives the place of a cancelled order back.
pub(super) static FREE: LazyLock<Script> =
    script!("scripts/slot.lua", "scripts/back.lua", "scripts/free.lua");

/// Ends a hold.
pub(super) static DROP: LazyLock<Script> =
    script!("scripts/slot.lua", "scripts/back.lua", "scripts/drop.lua");

/// Marks a branch as filled.
pub(super) static SEAL: LazyLock<Script> = script!("scripts/seal.lua");

/// Takes the mark of another life away.
pub(super) static FORGET: LazyLock<Script> = script!("scripts/forget.lua");

/// Lets a counter go on from a number.
pub(super) static RAISE: LazyLock<Script> = script!("scripts/raise.lua");
