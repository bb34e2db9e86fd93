//! Whose memory every process of ours lives in.
//!
//! A call makes and drops a few hundred small values, see `docs/adr/0016-mimalloc-for-every-process.md`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
