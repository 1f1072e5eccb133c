//! Has the binary built again when a contract, a dialect or a suite is added: they are embedded in it.

fn main() {
    for folder in ["capabilities", "dialects", "suites"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
