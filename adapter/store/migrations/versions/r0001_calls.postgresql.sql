CREATE TABLE card (
    client TEXT NOT NULL,
    uuid TEXT NOT NULL,
    service TEXT NOT NULL,
    topic TEXT NOT NULL,
    member BYTEA,
    suggestions TEXT NOT NULL,
    populations TEXT NOT NULL,
    shown_at BIGINT NOT NULL,
    PRIMARY KEY (client, uuid)
);
CREATE INDEX ix_card_shown_at ON card (shown_at);
CREATE TABLE feedback (
    feedback BYTEA NOT NULL,
    client TEXT NOT NULL,
    card TEXT NOT NULL,
    service TEXT NOT NULL,
    outcome TEXT NOT NULL,
    suggestions TEXT NOT NULL,
    reasons TEXT NOT NULL,
    acted_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (feedback)
);
CREATE INDEX feedback_of_card ON feedback (client, card);
CREATE INDEX ix_feedback_received_at ON feedback (received_at);
CREATE TABLE feedback_comment (
    feedback BYTEA NOT NULL,
    text TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (feedback)
);
CREATE INDEX ix_feedback_comment_received_at ON feedback_comment (received_at);
CREATE TABLE store_version (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);
CREATE TABLE suppression (
    member BYTEA NOT NULL,
    topic TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (member, topic)
);
CREATE INDEX ix_suppression_until ON suppression (until);
CREATE TABLE used_token (
    token BYTEA NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (token)
);
CREATE INDEX ix_used_token_until ON used_token (until);
INSERT INTO store_version (version) VALUES (1);
