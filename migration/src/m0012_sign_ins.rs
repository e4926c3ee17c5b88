//! From where a session began, so that guesses made elsewhere do not keep its user out.

crate::ddl::migration!(
    "m0012_sign_ins",
    up: ["ALTER TABLE sessions ADD COLUMN network TEXT"],
    down: ["ALTER TABLE sessions DROP COLUMN network"]
);
