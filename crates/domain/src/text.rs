//! One form for all texts that people type: trimmed, NFC, single spaces, no control characters.

use unicode_normalization::UnicodeNormalization;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Too many characters after cleaning.
    #[error("is longer than {max} characters")]
    TooLong {
        /// How many are allowed.
        max: usize,
    },
    /// A control character, such as NUL, which no store takes.
    #[error("holds a control character")]
    Control,
}

impl TextFault {
    /// The reason in upper snake case.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "TEXT_TOO_LONG",
            Self::Control => "TEXT_INVALID",
        }
    }
}

/// Brings a text into its one form; the limit counts characters, not bytes.
pub fn clean(raw: &str, max_chars: usize) -> Result<String, TextFault> {
    let trimmed = raw.trim();
    if trimmed.chars().any(char::is_control) {
        return Err(TextFault::Control);
    }
    let text = normal(trimmed);
    if text.chars().count() > max_chars { Err(TextFault::TooLong { max: max_chars }) } else { Ok(text) }
}

/// What two names have in common when they differ only in case and spacing.
pub fn name_key(name: &str) -> String {
    normal(&normal(name).to_lowercase())
}

/// Whether two names are the same name.
pub fn same_name(one: &str, other: &str) -> bool {
    name_key(one) == name_key(other)
}

/// NFC and single spaces, without any check.
pub(crate) fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_trimmed_composed_and_its_spaces_collapsed() {
        assert_eq!(clean("  Анна\u{a0}  Мария \n", 60), Ok("Анна Мария".to_owned()));
        assert_eq!(clean("и\u{306}од", 3), Ok("йод".to_owned()));
    }

    #[test]
    fn control_characters_are_refused_wherever_they_stand_inside() {
        assert_eq!(clean("a\0b", 60), Err(TextFault::Control));
        assert_eq!(clean("a\nb", 60), Err(TextFault::Control));
        assert_eq!(clean("a\u{7f}b", 60), Err(TextFault::Control));
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert_eq!(clean("пицца", 5), Ok("пицца".to_owned()));
        assert_eq!(clean("пицца", 4), Err(TextFault::TooLong { max: 4 }));
    }

    #[test]
    fn names_are_compared_without_case() {
        assert!(same_name("маргарита", " МАРГАРИТА "));
        assert!(!same_name("маргарита", "маргарита 30"));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(raw in any::<String>()) {
            if let Ok(text) = clean(&raw, 1_000) {
                prop_assert_eq!(clean(&text, 1_000), Ok(text));
            }
        }
    }
}
