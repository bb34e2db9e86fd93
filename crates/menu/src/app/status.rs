//! What an operator wants to know of the snapshot in force.

use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use contracts::menu::v1::{MenuStatus, UpdateMenuResponse};

use super::rebuild::Rebuilt;
use super::{App, MenuError};

/// The last failure of a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What failed.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// How much is on the menu.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    products: i32,
    extras: i32,
    sets: i32,
    stops: i32,
}

impl App {
    /// Builds the snapshot anew, and says what came of it.
    pub async fn update_menu(&self, actor: &str, force: bool) -> Result<UpdateMenuResponse, MenuError> {
        let start = std::time::Instant::now();
        let Rebuilt { revision, is_new } = self.rebuild(actor, force).await?;
        let Counts { products, extras, sets, .. } = self.counts();
        let duration_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
        Ok(UpdateMenuResponse { revision, changed: is_new, products, extras, sets, duration_ms })
    }

    /// Revision in force, its age and counts, and the last failure.
    pub fn status(&self) -> MenuStatus {
        let served = self.live.served();
        let age = served.as_ref().map(|served| (self.now() - served.built_at()).num_seconds().max(0));
        let Counts { products, extras, sets, stops } = self.counts();
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        MenuStatus {
            revision: self.live.revision(),
            age_seconds: age.unwrap_or_default(),
            products,
            extras,
            sets,
            stops,
            last_error: trouble.as_ref().map(|trouble| trouble.text.clone()).unwrap_or_default(),
            last_error_at: trouble.map(|trouble| trouble.at.into()),
        }
    }

    fn counts(&self) -> Counts {
        let Some(served) = self.live.served() else { return Counts::default() };
        let menu = served.menu();
        Counts {
            products: count(menu.listed_products().len()),
            extras: count(menu.listed_extras().len()),
            sets: count(menu.listed_sets().len()),
            stops: count(menu.parts().stops.len()),
        }
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
