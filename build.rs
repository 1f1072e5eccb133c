//! Has the binary built again when a contract or a suite is added: they are embedded in it.

fn main() {
    for folder in ["capabilities", "suites"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
