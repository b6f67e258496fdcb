//! The whole house over real sockets, in one binary: stories of people, and the rules of the repository.

mod stories;
