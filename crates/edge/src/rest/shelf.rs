//! Answers that are the same for everybody, kept as the bytes that go out.
//!
//! Promises: an answer is never kept beyond the version of the content it was made of, nor for longer than it takes
//! somebody to notice; what was changed through this server is read back at once. Only callers without a token are
//! answered from here, so that a bad token is always refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderMap};

use super::page::Page;

/// A kept answer is asked for anew at this age: time alone may have changed it.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// While one caller asks anew, the others get the kept answer up to this age.
const KEPT_FOR: Duration = Duration::from_secs(2);
/// Addresses differ in their queries, and callers make those up.
const PAGES: usize = 256;

/// The answers of some routes.
#[derive(Clone)]
pub struct Shelf {
    /// Whose answers are the same for everybody.
    routes: &'static [&'static str],
    /// Where calls other than `GET` begin that change those answers.
    changing: &'static [&'static str],
    /// The content's version; `None` while it is not known.
    version: Arc<dyn Fn() -> Option<u64> + Send + Sync>,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Default)]
struct Pages {
    by_target: HashMap<String, Kept>,
    /// Raised by every change; an answer from before it is not kept.
    changes: u64,
}

struct Kept {
    page: Arc<Page>,
    version: u64,
    made: Instant,
    is_asked_for: bool,
}

/// What is there for a request.
pub(super) enum Found {
    /// The answer.
    Page(Arc<Page>),
    /// Nothing; an answer may be put here.
    Place(Place),
}

/// Where an answer goes, and what it has to be as new as.
pub(super) struct Place {
    target: String,
    version: u64,
    changes: u64,
}

impl Shelf {
    /// A shelf for the answers to `GET` of these paths, made of content whose version is told by `version`; other
    /// calls to paths that begin with one of `changing` change it.
    pub fn new(
        routes: &'static [&'static str],
        changing: &'static [&'static str],
        version: impl Fn() -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        Self { routes, changing, version: Arc::new(version), pages: Arc::default() }
    }

    /// What is there for a request; `None` for one that is not answered from here.
    pub(super) fn find(&self, method: &str, target: &str, headers: &HeaderMap) -> Option<Found> {
        let path = target.split('?').next().unwrap_or_default();
        if method != "GET" || !self.routes.contains(&path) || headers.contains_key(header::AUTHORIZATION) {
            return None;
        }
        Some(self.look_up(target, (self.version)()?, Instant::now()))
    }

    /// Keeps an answer, unless something has changed since it was asked for.
    pub(super) fn put(&self, place: Place, page: Page) -> Arc<Page> {
        self.put_at(place, page, Instant::now())
    }

    /// Forgets everything when a call may have changed it.
    pub(super) fn changed(&self, method: &str, path: &str) {
        if method != "GET" && self.changing.iter().any(|prefix| path.starts_with(prefix)) {
            let mut pages = self.pages();
            pages.changes += 1;
            pages.by_target.clear();
        }
    }

    fn look_up(&self, target: &str, version: u64, now: Instant) -> Found {
        let mut pages = self.pages();
        if let Some(kept) = pages.by_target.get_mut(target).filter(|kept| kept.version == version) {
            let age = now.saturating_duration_since(kept.made);
            if age < FRESH_FOR || (age < KEPT_FOR && kept.is_asked_for) {
                return Found::Page(Arc::clone(&kept.page));
            }
            kept.is_asked_for = true;
        }
        Found::Place(Place { target: target.to_owned(), version, changes: pages.changes })
    }

    fn put_at(&self, place: Place, page: Page, now: Instant) -> Arc<Page> {
        let page = Arc::new(page);
        let mut pages = self.pages();
        if pages.changes == place.changes {
            if pages.by_target.len() >= PAGES && !pages.by_target.contains_key(&place.target) {
                pages.by_target.clear();
            }
            let kept =
                Kept { page: Arc::clone(&page), version: place.version, made: now, is_asked_for: false };
            pages.by_target.insert(place.target, kept);
        }
        page
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody as _;
    use actix_web::test::TestRequest;
    use bytes::Bytes;

    use super::*;

    const ROUTE: &str = "/menu";

    fn shelf() -> Shelf {
        Shelf::new(&[ROUTE], &["/office/"], || Some(1))
    }

    fn page(body: &'static str) -> Page {
        Page::new(&http::HeaderMap::new(), Bytes::from_static(body.as_bytes()))
    }

    /// The kept answer.
    fn kept(shelf: &Shelf, version: u64, now: Instant) -> Option<Bytes> {
        match shelf.look_up(ROUTE, version, now) {
            Found::Page(page) => {
                let answer = page.answer(&TestRequest::default().to_http_request());
                answer.into_body().try_into_bytes().ok()
            }
            Found::Place(_) => None,
        }
    }

    fn place(shelf: &Shelf, version: u64, now: Instant) -> Place {
        match shelf.look_up(ROUTE, version, now) {
            Found::Page(_) => panic!("there is an answer"),
            Found::Place(place) => place,
        }
    }

    #[test]
    fn an_answer_is_kept_for_its_version() {
        let (shelf, now) = (shelf(), Instant::now());
        shelf.put_at(place(&shelf, 1, now), page("one"), now);

        assert_eq!(kept(&shelf, 1, now).unwrap(), "one");
        assert_eq!(kept(&shelf, 2, now), None);
    }

    #[test]
    fn of_many_callers_one_asks_anew_and_nobody_waits_for_it_for_long() {
        let (shelf, made) = (shelf(), Instant::now());
        shelf.put_at(place(&shelf, 1, made), page("one"), made);

        assert_eq!(kept(&shelf, 1, made + FRESH_FOR), None);
        assert_eq!(kept(&shelf, 1, made + FRESH_FOR).unwrap(), "one");
        assert_eq!(kept(&shelf, 1, made + KEPT_FOR), None);
    }

    #[test]
    fn what_was_asked_for_before_a_change_is_not_kept() {
        let (shelf, now) = (shelf(), Instant::now());
        let before = place(&shelf, 1, now);

        shelf.changed("PUT", "/office/products");
        shelf.put_at(before, page("old"), now);

        assert_eq!(kept(&shelf, 1, now), None);
    }

    #[test]
    fn other_calls_change_nothing() {
        let (shelf, now) = (shelf(), Instant::now());
        shelf.put_at(place(&shelf, 1, now), page("one"), now);

        shelf.changed("GET", "/office/products");
        shelf.changed("POST", "/orders");

        assert_eq!(kept(&shelf, 1, now).unwrap(), "one");
    }

    #[test]
    fn only_callers_without_a_token_are_answered_and_only_while_the_version_is_known() {
        let (none, mut with_token) = (HeaderMap::new(), HeaderMap::new());
        with_token.insert(header::AUTHORIZATION, header::HeaderValue::from_static("Bearer x"));
        let unknown = Shelf::new(&[ROUTE], &[], || None);

        assert!(shelf().find("GET", "/menu?branch_id=b", &none).is_some());
        assert!(shelf().find("GET", "/menu", &with_token).is_none());
        assert!(shelf().find("GET", "/menus", &none).is_none());
        assert!(shelf().find("PUT", "/menu", &none).is_none());
        assert!(unknown.find("GET", "/menu", &none).is_none());
    }

    #[test]
    fn made_up_queries_do_not_fill_the_memory() {
        let (shelf, now) = (shelf(), Instant::now());

        for number in 0..10 * PAGES {
            let place = Place { target: format!("/menu?{number}"), version: 1, changes: 0 };
            shelf.put_at(place, page("one"), now);
        }

        assert!(shelf.pages().by_target.len() <= PAGES);
    }
}
