CREATE TABLE session (
    digest BYTEA NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    began BIGINT NOT NULL,
    used BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_session_until ON session (until);
CREATE TABLE sign_in_attempt (
    digest BYTEA NOT NULL,
    attempts INTEGER NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_sign_in_attempt_until ON sign_in_attempt (until);
