//! A small pool of reading connections.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StoreError;

/// Connections that lie idle, and how many may be out at once.
pub(crate) struct Pool<C> {
    idle: Arc<Mutex<Vec<C>>>,
    places: Arc<Semaphore>,
}

/// A connection on loan; it goes back to the pool on drop.
pub(crate) struct Lease<C> {
    pub(crate) connection: Option<C>,
    idle: Arc<Mutex<Vec<C>>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl<C> Pool<C> {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            idle: Arc::default(),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// Forgets the connections that lie idle.
    pub(crate) fn forget_idle(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Lends a connection; `open` gets an idle one, if any, and gives one that works.
    pub(crate) async fn lease(
        &self,
        open: impl AsyncFnOnce(Option<C>) -> Result<C, StoreError>,
    ) -> Result<Lease<C>, StoreError> {
        // The semaphore is never closed, so a permit always comes.
        let place = self.places.clone().acquire_owned().await.ok();
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = open(idle).await?;
        Ok(Lease {
            connection: Some(connection),
            idle: self.idle.clone(),
            _place: place,
        })
    }
}

impl<C> Drop for Lease<C> {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(connection);
    }
}
