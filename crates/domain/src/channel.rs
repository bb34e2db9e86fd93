//! Where an order comes from.

use serde::{Deserialize, Serialize};

/// The way an order came in; set by the entry point, never by the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The mobile apps.
    Mobile,
    /// The shop page.
    Web,
    /// The office page, at the counter.
    Office,
    /// The office page, on the phone.
    Phone,
    /// A delivery partner.
    Partner,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 5] = [Self::Mobile, Self::Web, Self::Office, Self::Phone, Self::Partner];

    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Web => "web",
            Self::Office => "office",
            Self::Phone => "phone",
            Self::Partner => "partner",
        }
    }

    /// The channel of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name)
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_keep_their_names_on_wires() {
        assert_eq!(Channel::ALL.map(Channel::as_str), ["mobile", "web", "office", "phone", "partner"]);
        assert_eq!(Channel::parse("phone"), Some(Channel::Phone));
        assert_eq!(Channel::parse("fax"), None);
        assert_eq!(Channel::Web.to_string(), "web");
    }
}
