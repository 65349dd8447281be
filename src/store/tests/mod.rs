//! The store as a whole, over every backend, and through every fault that can be simulated.

/// Runs tests over every backend on disk that this build has, in modules of their names.
macro_rules! on_each_backend {
    ($($test:ident),+ $(,)?) => {
        mod sled {
            $(#[test]
            fn $test() {
                super::$test($crate::store::BackendKind::Sled);
            })+
        }

        #[cfg(feature = "redb")]
        mod redb {
            $(#[test]
            fn $test() {
                super::$test($crate::store::BackendKind::Redb);
            })+
        }
    };
}

mod backends;
mod commits;
mod copies;
mod damage;
mod faults;
mod files;
mod log;
mod model;
mod processes;
