//! Whose memory every process of ours lives in.
//!
//! A call makes and drops a few hundred small values. glibc's allocator took a third of the gateway's time, see
//! `docs/performance.md`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
