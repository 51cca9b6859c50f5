//! The bytes of a request, within the limits.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::layer::BodyRefused;
use crate::problem::Problem;

/// The bytes of the request body.
#[derive(Debug, Clone)]
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request.into_body()).await.map(Self)
    }
}

/// The request body as it arrives: for what is dealt with piece by piece.
#[derive(Debug)]
pub struct BodyPieces(Body);

impl<S: Send + Sync> FromRequest<S> for BodyPieces {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self(request.into_body()))
    }
}

impl BodyPieces {
    /// The next piece, never empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        next(&mut self.0).await
    }

    /// Everything that is still to come.
    pub async fn rest(self) -> Result<Bytes, Problem> {
        read(self.0).await
    }
}

/// Most bodies come in one piece, which is handed on without copying.
pub(super) async fn read(mut body: Body) -> Result<Bytes, Problem> {
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    let Some(second) = next(&mut body).await? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(first.len() + second.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(more) = next(&mut body).await? {
        whole.extend_from_slice(&more);
    }
    Ok(whole.freeze())
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(error)) => return Err(BodyRefused::problem(&error)),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                // Trailers carry nothing for us.
                Err(_) => {}
            },
        }
    }
}
