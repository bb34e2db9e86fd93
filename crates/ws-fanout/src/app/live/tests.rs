use std::collections::BTreeSet;

use chrono::TimeDelta;
use contracts::events::v1::OrderEvent;
use domain::ids::OrderId;
use domain::permissions::{Grant, Grants, Role};
use prost::Message as _;
use uuid::Uuid;

use super::*;
use crate::app::sight::Wish;
use crate::app::view::Stream;

const BRANCH: BranchId = BranchId::MAIN;
const OTHER: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));
const LANE: i32 = 3;

/// One branch's log, and the state that is built from it.
struct World {
    live: Live,
    now: DateTime<Utc>,
    next: i64,
}

fn noon() -> DateTime<Utc> {
    "2026-02-01T12:00:00Z".parse().unwrap()
}

fn one_lane(_: &[u8], _: i32) -> i32 {
    LANE
}

fn order_id(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(0x019c_1a00_0000_7000_8000_0000_0000_0000 + number))
}

fn order(number: u128, version: i64, status: &str, shown: bool) -> PizzaOrder {
    PizzaOrder {
        id: order_id(number).to_string(),
        branch_id: BRANCH.to_string(),
        version,
        status: status.to_owned(),
        shown,
        created_at: (noon() - TimeDelta::hours(2)).timestamp_nanos_opt().unwrap(),
        ..PizzaOrder::default()
    }
}

impl World {
    fn new(base: Vec<PizzaOrder>) -> Self {
        let limits = HistoryLimits { events: 20_000, age: TimeDelta::minutes(15) };
        let mut live = Live::new(&[(LANE, 100)], noon() - TimeDelta::minutes(20), limits, one_lane);
        assert_eq!(live.load(base), 0);
        Self { live, now: noon(), next: 100 }
    }

    fn caught_up(base: Vec<PizzaOrder>) -> Self {
        let mut world = Self::new(base);
        world.live.caught_up();
        world
    }

    fn hear(&mut self, kind: impl Into<i32>, order: PizzaOrder) -> Option<Arc<Kept>> {
        let event = OrderEvent {
            r#type: kind.into(),
            branch_id: order.branch_id.clone(),
            order_id: order.id.clone(),
            version: order.version,
            order: Some(order),
            ..OrderEvent::default()
        };
        let seq = Seq { partition: LANE, offset: self.next };
        self.next += 1;
        let heard = Heard::read(seq, self.now, None, event.encode_to_vec().into()).unwrap();
        self.live.apply(&heard, self.now)
    }

    fn start(&mut self, sight: &Sight, offset: Option<i64>) -> Start {
        let position = offset.map(|offset| vec![Seq { partition: LANE, offset }]);
        self.live.start(sight, position.as_deref(), self.now)
    }

    fn missed(&mut self, sight: &Sight, offset: i64) -> Vec<(i64, Telling)> {
        let Start::Missed(missed) = self.start(sight, Some(offset)) else { panic!("not resumed") };
        let told =
            missed.iter().filter_map(|kept| Some((kept.seq.offset, kept.telling(sight.view(kept.branch)?)?)));
        told.collect()
    }

    fn snapshot(&mut self, sight: &Sight) -> (Vec<String>, Vec<Seq>) {
        let Start::Snapshot { orders, seqs } = self.start(sight, None) else { panic!("no snapshot") };
        let said = |(_, order): &(Arc<View>, Arc<PizzaOrder>)| format!("{}v{}", number(order), order.version);
        (orders.iter().map(said).collect(), seqs)
    }

    fn hash(&mut self, sight: &Sight) -> String {
        self.live.hashes(sight).remove(&BRANCH).unwrap()
    }
}

fn number(order: &PizzaOrder) -> u128 {
    order.id.parse::<OrderId>().unwrap().as_uuid().as_u128() & 0xffff
}

fn sight(stream: Stream, role: Role) -> Sight {
    let wish = Wish { stream, branch: Some(BRANCH), statuses: BTreeSet::new() };
    Sight::of("somebody", &Grants::new(vec![Grant::everywhere(role)]), &wish).unwrap()
}

fn tablet() -> Sight {
    sight(Stream::Tablet, Role::Cook)
}

fn dashboard() -> Sight {
    sight(Stream::Dashboard, Role::Manager)
}

fn told(kept: Option<&Arc<Kept>>, sight: &Sight) -> Option<Telling> {
    kept.and_then(|kept| kept.telling(sight.view(BRANCH)?))
}

#[test]
fn rts_1_who_was_away_for_ten_minutes_gets_every_event_who_was_away_too_long_gets_a_snapshot() {
    let mut world = World::caught_up(vec![]);
    world.hear(Type::Created, order(1, 1, "pending", true));
    for version in 2..=1001 {
        world.hear(Type::StatusChanged, order(1, version, "preparing", true));
    }
    world.now += TimeDelta::minutes(10);

    let missed = world.missed(&tablet(), 100);
    let hash = world.hash(&tablet());
    world.now += TimeDelta::hours(2);
    let late = world.start(&tablet(), Some(100));

    assert_eq!(missed.len(), 1000);
    assert!(missed.iter().map(|(offset, _)| *offset).eq(101..=1100));
    assert!(matches!(late, Start::Snapshot { .. }));
    assert_eq!(world.snapshot(&tablet()).0, ["1v1001"]);
    assert_eq!(world.hash(&tablet()), hash);
    assert_eq!(hash, state_hash([(order_id(1), 1001)]));
}

#[test]
fn rts_2_the_hash_is_that_of_the_live_orders_which_the_client_may_see() {
    let mut world = World::caught_up(vec![order(1, 3, "cooking", true), order(2, 1, "pending", true)]);
    world.hear(Type::Created, order(3, 1, "pending", false));

    assert_eq!(world.hash(&tablet()), "bad4c6294a6cf99d");
    assert_ne!(world.hash(&dashboard()), "bad4c6294a6cf99d");

    let mut nothing = World::caught_up(vec![]);
    assert_eq!(nothing.hash(&tablet()), "e3b0c44298fc1c14");
}

#[test]
fn rts_3_a_preorder_that_became_visible_while_the_tablet_was_away_is_created_after_the_resume_once() {
    let mut world = World::caught_up(vec![]);
    let created = world.hear(Type::Created, order(1, 1, "pending", false));
    assert_eq!(told(created.as_ref(), &tablet()), None);
    assert_eq!(told(created.as_ref(), &dashboard()), Some(Telling::Created));
    world.now += TimeDelta::minutes(5);

    world.hear(Type::Visible, order(1, 2, "pending", true));
    world.hear(Type::StatusChanged, order(1, 3, "preparing", true));

    assert_eq!(world.missed(&tablet(), 100), [(101, Telling::Created), (102, Telling::Changed)]);
    assert_eq!(world.missed(&dashboard(), 100), [(101, Telling::Changed), (102, Telling::Changed)]);
}

#[test]
fn rts_3_holds_too_when_the_service_was_restarted_and_knows_the_order_from_the_order_book() {
    let mut world = World::caught_up(vec![order(1, 1, "pending", false)]);

    let visible = world.hear(Type::Visible, order(1, 2, "pending", true));

    assert_eq!(told(visible.as_ref(), &tablet()), Some(Telling::Created));
}

#[test]
fn a_preorder_that_is_started_before_its_visible_time_is_created_for_tablets() {
    let mut world = World::caught_up(vec![order(1, 1, "pending", false)]);

    let started = world.hear(Type::StatusChanged, order(1, 2, "preparing", true));
    let next = world.hear(Type::StatusChanged, order(1, 3, "cooking", true));

    assert_eq!(told(started.as_ref(), &tablet()), Some(Telling::Created));
    assert_eq!(told(started.as_ref(), &dashboard()), Some(Telling::Changed));
    assert_eq!(told(next.as_ref(), &tablet()), Some(Telling::Changed));
}

#[test]
fn an_order_that_was_visible_before_the_service_came_up_only_changes() {
    let mut world = World::caught_up(vec![order(1, 4, "preparing", true)]);

    let changed = world.hear(Type::StatusChanged, order(1, 5, "cooking", true));

    assert_eq!(told(changed.as_ref(), &tablet()), Some(Telling::Changed));
    assert_eq!(told(changed.as_ref(), &dashboard()), Some(Telling::Changed));
}

#[test]
fn an_event_that_is_published_again_is_told_once() {
    let mut world = World::caught_up(vec![]);
    world.hear(Type::Created, order(1, 1, "pending", true)).unwrap();
    world.hear(Type::StatusChanged, order(1, 2, "preparing", true)).unwrap();

    assert!(world.hear(Type::Created, order(1, 1, "pending", true)).is_none());
    assert!(world.hear(Type::StatusChanged, order(1, 2, "preparing", true)).is_none());

    assert_eq!(
        world.snapshot(&tablet()),
        (vec!["1v2".to_owned()], vec![Seq { partition: LANE, offset: 103 }])
    );
    assert_eq!(world.missed(&tablet(), 99).len(), 2);
}

#[test]
fn a_status_change_that_overtakes_the_creation_is_the_orders_appearance() {
    let mut world = World::caught_up(vec![]);

    let first = world.hear(Type::StatusChanged, order(1, 2, "preparing", true));
    let creation = world.hear(Type::Created, order(1, 1, "pending", true));

    assert_eq!(told(first.as_ref(), &tablet()), Some(Telling::Created));
    assert!(creation.is_none());
}

#[test]
fn an_event_that_the_order_book_already_knew_is_marked_and_changes_nothing() {
    let mut world = World::caught_up(vec![order(1, 5, "ready", true)]);

    let late = world.hear(Type::StatusChanged, order(1, 5, "ready", true)).unwrap();

    assert!(late.in_base);
    assert_eq!(world.snapshot(&tablet()).0, ["1v5"]);
    assert_eq!(world.missed(&tablet(), 99), [(100, Telling::Changed)]);
}

#[test]
fn events_before_the_base_state_are_history_and_do_not_turn_it_back() {
    let mut world = World::new(vec![order(1, 5, "ready", true)]);
    for version in 3..=5 {
        world.hear(Type::StatusChanged, order(1, version, "cooking", true));
    }
    world.live.caught_up();

    assert_eq!(world.snapshot(&tablet()).0, ["1v5"]);
    assert_eq!(world.missed(&tablet(), 100), [(101, Telling::Changed), (102, Telling::Changed)]);
}

#[test]
fn an_order_leaves_the_live_set_with_its_end_and_its_events_do_not_bring_it_back() {
    let mut world = World::caught_up(vec![]);
    world.hear(Type::Created, order(1, 1, "pending", true));

    let end = world.hear(Type::Cancelled, order(1, 2, "cancelled", true));
    let again = world.hear(Type::Created, order(1, 1, "pending", true));

    assert_eq!(told(end.as_ref(), &tablet()), Some(Telling::Changed));
    assert!(again.is_none());
    assert_eq!(world.snapshot(&tablet()).0, Vec::<String>::new());
}

#[test]
fn a_hidden_order_that_is_cancelled_is_never_shown_to_tablets() {
    let mut world = World::caught_up(vec![]);
    world.hear(Type::Created, order(1, 1, "pending", false));

    let end = world.hear(Type::Cancelled, order(1, 2, "cancelled", false));

    assert_eq!(told(end.as_ref(), &tablet()), None);
    assert_eq!(told(end.as_ref(), &dashboard()), Some(Telling::Changed));
}

#[test]
fn a_position_from_the_future_or_of_another_partition_is_refused() {
    let mut world = World::caught_up(vec![]);
    world.hear(Type::Created, order(1, 1, "pending", true));

    let future = world.start(&tablet(), Some(101));
    let elsewhere = world.live.start(&tablet(), Some(&[Seq { partition: 0, offset: 100 }]), noon());
    let before_the_first_event_read = world.start(&tablet(), Some(98));

    for refused in [future, elsewhere, before_the_first_event_read] {
        assert!(matches!(refused, Start::Snapshot { .. }));
    }
    assert!(matches!(world.start(&tablet(), Some(99)), Start::Missed(missed) if missed.len() == 1));
}

#[test]
fn history_is_limited_in_events() {
    let mut world = World::caught_up(vec![]);
    world.live.limits.events = 3;
    for version in 1..=5 {
        world.hear(Type::StatusChanged, order(1, version, "preparing", true));
    }

    assert!(matches!(world.start(&tablet(), Some(100)), Start::Snapshot { .. }));
    assert!(matches!(world.start(&tablet(), Some(101)), Start::Missed(missed) if missed.len() == 3));
}

#[test]
fn a_branch_is_never_told_about_another() {
    let mut world =
        World::caught_up(vec![PizzaOrder { branch_id: OTHER.to_string(), ..order(1, 1, "pending", true) }]);
    world.hear(Type::Created, PizzaOrder { branch_id: OTHER.to_string(), ..order(2, 1, "pending", true) });

    assert_eq!(world.snapshot(&tablet()).0, Vec::<String>::new());
    assert_eq!(world.missed(&tablet(), 99), []);
    assert_eq!(world.hash(&tablet()), "e3b0c44298fc1c14");
}

#[test]
fn a_duplicate_of_an_accepted_order_is_nobodys_business() {
    let mut world = World::caught_up(vec![]);

    assert!(world.hear(Type::Duplicate, order(1, 1, "cancelled", false)).is_none());

    assert_eq!(world.live.seqs(&tablet()), [Seq { partition: LANE, offset: 100 }]);
}

#[test]
fn an_event_of_a_type_that_a_later_release_has_added_is_a_plain_change() {
    const OF_A_LATER_RELEASE: i32 = 99;
    let mut world = World::caught_up(vec![order(1, 1, "pending", true)]);

    let change = world.hear(OF_A_LATER_RELEASE, order(1, 2, "cooking", true));
    let again = world.hear(OF_A_LATER_RELEASE, order(1, 2, "cooking", true));

    assert_eq!(told(change.as_ref(), &tablet()), Some(Telling::Changed));
    assert_eq!(told(change.as_ref(), &dashboard()), Some(Telling::Changed));
    assert!(again.is_none());
    assert_eq!(world.snapshot(&tablet()).0, ["1v2"]);
    assert_eq!(world.missed(&tablet(), 99), [(100, Telling::Changed)]);
    assert_eq!(world.hash(&tablet()), state_hash([(order_id(1), 2)]));
}
