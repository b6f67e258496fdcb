//! Makes a place for the built web pages, so that the program builds before them, and again after them.

use std::{env, fs, path::Path};

fn main() {
    let room = env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let built = Path::new(&room).join("../../web/dist");
    // A read-only tree without pages still builds: the folder may be missing.
    let _ = fs::create_dir_all(&built);
    println!("cargo:rerun-if-changed={}", built.display());
}
