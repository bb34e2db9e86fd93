//! Slots, holds and orders, as Redis has them: `slot:{<branch>}:*`, see slot-scheduler.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::slots::{Dimension, Need, ReservationState};
use redis::aio::ConnectionManager;
use uuid::Uuid;

use super::limits::SlotKey;

/// How many keys are read in one go.
const CHUNK: usize = 500;
/// The letters of the dimensions in the names of fields, in their order.
const LETTERS: [char; 6] = ['r', 'o', 'u', 'w', 'p', 'd'];

/// Everything that Redis knows of places.
#[derive(Debug, Default)]
pub struct Places {
    /// By branch and start.
    pub slots: BTreeMap<SlotKey, Slot>,
    /// Holds by branch and order: the millisecond they end at.
    pub holds: HashMap<(Uuid, Uuid), i64>,
    /// Hashes of orders by branch and order: the state they tell, and the start of their slot.
    pub orders: HashMap<(Uuid, Uuid), (String, String)>,
    /// Branches that Redis was filled with.
    pub filled: HashSet<Uuid>,
    /// Keys and fields that nobody can read.
    pub unreadable: Vec<String>,
}

/// One slot.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// What it says it holds.
    pub load: Need,
    /// How many orders it says are inside.
    pub count: u64,
    /// The orders inside.
    pub orders: BTreeMap<Uuid, Inside>,
}

/// One order inside a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Held or confirmed.
    pub state: ReservationState,
    /// What it takes.
    pub need: Need,
    /// Booked above a limit.
    pub over: bool,
}

enum Key {
    Slot(SlotKey),
    Order(Uuid, Uuid),
    Holds(Uuid),
    Epoch(Uuid),
    Other,
}

impl Places {
    /// Reads all of it.
    pub async fn read(redis: &mut ConnectionManager) -> anyhow::Result<Self> {
        let mut places = Self::default();
        let names = super::hot::scan(redis, "slot:{*").await?;
        let keys: Vec<Key> = names.iter().map(|name| Key::parse(name)).collect();
        for (names, keys) in names.chunks(CHUNK).zip(keys.chunks(CHUNK)) {
            let mut pipe = redis::pipe();
            for (name, key) in names.iter().zip(keys) {
                match key {
                    Key::Slot(_) => pipe.hgetall(name),
                    Key::Order(..) => pipe.cmd("HMGET").arg(name).arg(&["state", "start"]),
                    Key::Holds(_) => pipe.zrange_withscores(name, 0, -1),
                    Key::Epoch(_) | Key::Other => pipe.exists(name),
                };
            }
            let values: Vec<redis::Value> = pipe.query_async(redis).await?;
            for ((name, key), value) in names.iter().zip(keys).zip(values) {
                if places.note(key, value).is_none() {
                    places.unreadable.push(name.clone());
                }
            }
        }
        Ok(places)
    }

    /// Reads only the slots of branches that are filled before and after, for a look at a system that works.
    pub async fn sample(redis: &mut ConnectionManager, branches: &[Uuid]) -> anyhow::Result<Self> {
        let mut names = Vec::new();
        for branch in branches {
            names.extend(super::hot::scan(redis, &format!("slot:{{{branch}}}:[0-9]*")).await?);
        }
        let mut pipe = redis::pipe();
        let marks: Vec<String> = branches.iter().map(|branch| format!("slot:{{{branch}}}:epoch")).collect();
        for mark in &marks {
            pipe.get(mark);
        }
        for name in &names {
            pipe.hgetall(name);
        }
        for mark in &marks {
            pipe.get(mark);
        }
        let mut values: Vec<redis::Value> = pipe.query_async(redis).await?;
        let after = values.split_off(branches.len() + names.len());
        let slots = values.split_off(branches.len());
        let unbroken =
            |(before, after): (&redis::Value, &redis::Value)| *before != redis::Value::Nil && before == after;
        let mut places = Self::default();
        let marks = branches.iter().zip(values.iter().zip(&after));
        places.filled.extend(marks.filter(|(_, marks)| unbroken(*marks)).map(|(branch, _)| *branch));
        for (name, value) in names.into_iter().zip(slots) {
            match Key::parse(&name) {
                Key::Slot(slot) if !places.filled.contains(&slot.0) => {}
                key if places.note(&key, value).is_none() => places.unreadable.push(name),
                _ => {}
            }
        }
        Ok(places)
    }

    fn note(&mut self, key: &Key, value: redis::Value) -> Option<()> {
        match key {
            Key::Slot(slot) => {
                let fields: HashMap<String, String> = redis::from_redis_value(value).ok()?;
                self.slots.insert(*slot, read_slot(&fields)?);
            }
            Key::Order(branch, order) => {
                let (state, start): (Option<String>, Option<String>) = redis::from_redis_value(value).ok()?;
                self.orders.insert((*branch, *order), (state?, start?));
            }
            Key::Holds(branch) => {
                let holds: Vec<(String, f64)> = redis::from_redis_value(value).ok()?;
                for (order, ends) in holds {
                    #[expect(clippy::cast_possible_truncation, reason = "a millisecond of our times")]
                    self.holds.insert((*branch, order.parse().ok()?), ends as i64);
                }
            }
            Key::Epoch(branch) => {
                self.filled.insert(*branch);
            }
            Key::Other => {}
        }
        Some(())
    }
}

impl Key {
    fn parse(name: &str) -> Self {
        let parts = || {
            let (branch, rest) = name.strip_prefix("slot:{")?.split_once("}:")?;
            let branch: Uuid = branch.parse().ok()?;
            Some(match rest.split_once(':') {
                Some(("order", order)) => Self::Order(branch, order.parse().ok()?),
                Some(_) => Self::Other,
                None if rest == "holds" => Self::Holds(branch),
                None if rest == "epoch" => Self::Epoch(branch),
                None => rest.parse().map_or(Self::Other, |start| Self::Slot((branch, start))),
            })
        };
        parts().unwrap_or(Self::Other)
    }
}

impl Slot {
    /// What the orders inside take together.
    pub fn sum(&self) -> Need {
        self.orders.values().fold(Need::ZERO, |sum, order| sum.plus(&order.need))
    }
}

fn read_slot(fields: &HashMap<String, String>) -> Option<Slot> {
    let number = |field: String| fields.get(&field).map_or(Some(0), |text| text.parse::<u64>().ok());
    let loads: Option<Vec<u64>> = LETTERS.iter().map(|letter| number(format!("l:{letter}"))).collect();
    let mut slot = Slot { load: need(loads?), count: number("n".to_owned())?, orders: BTreeMap::new() };
    for (field, text) in fields {
        if let Some(order) = field.strip_prefix("o:") {
            slot.orders.insert(order.parse().ok()?, read_inside(text)?);
        }
    }
    Some(slot)
}

fn read_inside(text: &str) -> Option<Inside> {
    let (state, rest) = text.split_once(' ')?;
    let (amounts, over) = rest.rsplit_once(' ')?;
    let amounts: Vec<u64> = amounts.split(' ').map(|amount| amount.parse().ok()).collect::<Option<_>>()?;
    if amounts.len() != Dimension::ALL.len() {
        return None;
    }
    Some(Inside { state: state.parse().ok()?, need: need(amounts), over: over == "1" })
}

fn need(amounts: Vec<u64>) -> Need {
    let mut amounts = amounts.into_iter();
    Need::from_fn(|_| amounts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_read_from_its_fields() {
        let order = Uuid::from_u128(7);
        let fields = [
            ("l:r".to_owned(), "748".to_owned()),
            ("l:o".to_owned(), "1".to_owned()),
            ("n".to_owned(), "1".to_owned()),
            (format!("o:{order}"), "confirmed 748 1 0 0 0 0 1".to_owned()),
        ];

        let slot = read_slot(&HashMap::from(fields)).unwrap();

        let need = Need { roubles: 748, orders: 1, ..Need::ZERO };
        let inside = Inside { state: ReservationState::Confirmed, need, over: true };
        assert_eq!(slot, Slot { load: need, count: 1, orders: BTreeMap::from([(order, inside)]) });
        assert_eq!(read_inside("confirmed 748 1 0"), None);
    }

    #[test]
    fn a_key_says_what_it_is_of() {
        let branch = "01900000-0000-7000-8000-000000000001";
        assert!(matches!(
            Key::parse(&format!("slot:{{{branch}}}:1769940900")),
            Key::Slot((_, 1_769_940_900))
        ));
        assert!(matches!(Key::parse(&format!("slot:{{{branch}}}:no:2026-02-01")), Key::Other));
        assert!(matches!(Key::parse(&format!("slot:{{{branch}}}:holds")), Key::Holds(_)));
    }
}
