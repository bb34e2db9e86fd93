//! Why the server closes a socket.

/// A reason to close, each with its own code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Close {
    /// No token, a dead one, or none in time.
    NotSignedIn,
    /// Signed in, but not for this branch or stream.
    NotAllowed,
    /// Takes its frames too slowly, or no longer answers.
    TooSlow,
    /// The same device has connected again.
    Replaced,
    /// This server is ending; another one will answer.
    GoingAway,
    /// Keeps sending what is no frame.
    Unreadable,
    /// A message too large to be read at all.
    TooLarge,
    /// Sends what is no frame of the WebSocket protocol.
    Violation,
    /// Sends a text that is none.
    NotUtf8,
    /// The client closed first.
    Client,
}

impl Close {
    /// The code of the close frame.
    pub const fn code(self) -> u16 {
        match self {
            Self::NotSignedIn => 4401,
            Self::NotAllowed => 4403,
            Self::TooSlow => 4408,
            Self::Replaced => 4409,
            Self::GoingAway => 1001,
            Self::Unreadable => 1008,
            Self::TooLarge => 1009,
            Self::Violation => 1002,
            Self::NotUtf8 => 1007,
            Self::Client => 1000,
        }
    }

    /// The text beside the code.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotSignedIn => "NOT_SIGNED_IN",
            Self::NotAllowed => "BRANCH_NOT_ALLOWED",
            Self::TooSlow => "TOO_SLOW",
            Self::Replaced => "REPLACED",
            Self::GoingAway => "GOING_AWAY",
            Self::Unreadable | Self::TooLarge | Self::Violation | Self::NotUtf8 => "FRAME_INVALID",
            Self::Client => "",
        }
    }
}
