//! Counting what is read: progress, the flag that stops, and the bounds on decompression.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Limits;

/// How far an import got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Bytes read from disk or the stream, before decompression.
    pub bytes: u64,
    /// Documents begun.
    pub documents: u64,
    /// Observations made.
    pub observations: u64,
    /// The document being read.
    pub document: &'a str,
}

/// Bytes between two calls of the progress function.
const PROGRESS_EVERY_BYTES: u64 = 1 << 20;

/// Counts for the whole import.
pub(super) struct Meter<'a> {
    pub(super) bytes: Cell<u64>,
    pub(super) documents: Cell<u64>,
    pub(super) observations: Cell<u64>,
    told: Cell<u64>,
    cancel: Option<&'a AtomicBool>,
    progress: Option<&'a dyn Fn(&Progress<'_>)>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(
        cancel: Option<&'a AtomicBool>,
        progress: Option<&'a dyn Fn(&Progress<'_>)>,
    ) -> Self {
        Self {
            bytes: Cell::new(0),
            documents: Cell::new(0),
            observations: Cell::new(0),
            told: Cell::new(0),
            cancel,
            progress,
        }
    }

    pub(super) fn cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    pub(super) fn tell(&self, document: &str) {
        self.told.set(self.bytes.get());
        if let Some(progress) = self.progress {
            progress(&Progress {
                bytes: self.bytes.get(),
                documents: self.documents.get(),
                observations: self.observations.get(),
                document,
            });
        }
    }

    fn add(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes as u64);
        if self.bytes.get() - self.told.get() >= PROGRESS_EVERY_BYTES {
            self.tell("");
        }
    }
}

/// A reader whose bytes are counted, and which stops when the import is cancelled.
pub(super) struct Counted<'m, R> {
    inner: R,
    meter: &'m Meter<'m>,
}

impl<'m, R> Counted<'m, R> {
    pub(super) fn new(inner: R, meter: &'m Meter<'_>) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.cancelled() {
            return Err(io::Error::other("stopped on request"));
        }
        let got = self.inner.read(buffer)?;
        self.meter.add(got);
        Ok(got)
    }
}

impl<R: Seek> Seek for Counted<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// A reader that counts the compressed bytes a decoder takes.
pub(super) struct Tally<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R> Tally<R> {
    pub(super) fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let count = Rc::new(Cell::new(0));
        let tally = Self {
            inner,
            count: Rc::clone(&count),
        };
        (tally, count)
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.count.set(self.count.get() + got as u64);
        Ok(got)
    }
}

/// Why decompression was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trip {
    #[error(
        "stopped as a decompression bomb: {unpacked} bytes came out of {packed} compressed bytes, more than {ratio}:1"
    )]
    Ratio {
        unpacked: u64,
        packed: u64,
        ratio: u64,
    },
    #[error(
        "stopped after {limit} decompressed bytes, the bound for one file; unpack it and import the folder"
    )]
    Total { limit: u64 },
}

/// What one file may unpack to, shared by everything nested in it.
pub(super) struct Budget {
    limits: Limits,
    unpacked: Cell<u64>,
    tripped: Cell<Option<Trip>>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Rc<Self> {
        Rc::new(Self {
            limits,
            unpacked: Cell::new(0),
            tripped: Cell::new(None),
        })
    }

    /// Why unpacking was stopped, when it was.
    pub(super) fn tripped(&self) -> Option<Trip> {
        self.tripped.get()
    }

    /// Lets the next member of a zip begin: each is compressed by itself, so one bomb among them
    /// does not hide the others. The bound on the sum stays.
    pub(super) fn forgive_ratio(&self) {
        if matches!(self.tripped.get(), Some(Trip::Ratio { .. })) {
            self.tripped.set(None);
        }
    }
}

/// A decoder whose output is bounded.
pub(super) struct Bounded<R> {
    inner: R,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    budget: Rc<Budget>,
}

impl<R> Bounded<R> {
    /// `packed` says how many compressed bytes went in so far, or belong to the member at all.
    pub(super) fn new(inner: R, packed: Rc<Cell<u64>>, budget: Rc<Budget>) -> Self {
        Self {
            inner,
            packed,
            unpacked: 0,
            budget,
        }
    }

    fn check(&self) -> Option<Trip> {
        let limits = &self.budget.limits;
        if self.budget.unpacked.get() > limits.max_unpacked_bytes {
            return Some(Trip::Total {
                limit: limits.max_unpacked_bytes,
            });
        }
        let packed = self.packed.get().max(1);
        (self.unpacked > limits.ratio_from_bytes && self.unpacked / packed > limits.max_ratio)
            .then_some(Trip::Ratio {
                unpacked: self.unpacked,
                packed,
                ratio: limits.max_ratio,
            })
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(trip) = self.budget.tripped.get() {
            return Err(io::Error::other(trip));
        }
        let got = self.inner.read(buffer)?;
        self.unpacked += got as u64;
        self.budget
            .unpacked
            .set(self.budget.unpacked.get() + got as u64);
        if let Some(trip) = self.check() {
            self.budget.tripped.set(Some(trip));
            return Err(io::Error::other(trip));
        }
        Ok(got)
    }
}
