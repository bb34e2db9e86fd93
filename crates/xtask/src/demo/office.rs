//! Calls in the owner's name.

use std::time::Duration;

use anyhow::Context as _;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

use crate::{
    settings::Settings,
    token::{self, grant},
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Rows of a list asked for at once.
pub const PAGE: i32 = 500;

/// The owner's desk.
pub struct Office {
    authorization: MetadataValue<Ascii>,
}

impl Office {
    /// Signs in with a development token.
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        let token = token::mint(settings, None, vec![grant("super_admin", &[])?], 1)?;
        Ok(Self { authorization: format!("Bearer {token}").parse()? })
    }

    /// A connection to the service that a setting names.
    pub async fn connect(settings: &Settings, name: &str) -> anyhow::Result<Channel> {
        let url = settings.need(name)?;
        Endpoint::from_shared(url.to_owned())?.connect().await.with_context(|| format!("{name}={url}"))
    }

    /// A request in the owner's name.
    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(PATIENCE);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }
}
