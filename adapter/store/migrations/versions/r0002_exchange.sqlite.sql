CREATE TABLE access_token (
    digest BLOB NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (digest)
)
 WITHOUT ROWID;
CREATE INDEX ix_access_token_until ON access_token (until);
CREATE TABLE audit (
    shard INTEGER NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    client TEXT NOT NULL,
    party TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    entity TEXT NOT NULL,
    version BIGINT NOT NULL,
    patient TEXT NOT NULL,
    purpose TEXT NOT NULL,
    consent TEXT NOT NULL,
    labels TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (shard, number)
);
CREATE INDEX audit_by_patient ON audit (tenant, patient, at) WHERE patient <> '';
CREATE INDEX audit_by_time ON audit (tenant, at);
CREATE TABLE audit_head (
    shard INTEGER NOT NULL,
    number BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (shard)
);
CREATE TABLE date_index (
    "key" BIGINT NOT NULL,
    param TEXT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    PRIMARY KEY ("key", param, low, high)
)
 WITHOUT ROWID;
CREATE INDEX date_index_by_low ON date_index (tenant, param, low, high, "key");
CREATE TABLE delivery (
    tenant TEXT NOT NULL,
    subscription TEXT NOT NULL,
    position BIGINT NOT NULL,
    batch_last BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    failing_since BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    lease TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    beat_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (tenant, subscription)
)
 WITHOUT ROWID;
CREATE TABLE event (
    tenant TEXT NOT NULL,
    subscription TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    patient TEXT NOT NULL,
    dead INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (tenant, subscription, number)
)
 WITHOUT ROWID;
CREATE INDEX ix_event_at ON event (at);
CREATE TABLE event_counter (
    tenant TEXT NOT NULL,
    subscription TEXT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (tenant, subscription)
)
 WITHOUT ROWID;
CREATE TABLE link (
    tenant TEXT NOT NULL,
    partner TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    remote_version TEXT NOT NULL,
    version BIGINT NOT NULL,
    origin TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner, type, id)
)
 WITHOUT ROWID;
CREATE INDEX link_of_remote ON link (tenant, partner, type, remote_id);
CREATE TABLE number_index (
    "key" BIGINT NOT NULL,
    param TEXT NOT NULL,
    low DOUBLE NOT NULL,
    high DOUBLE NOT NULL,
    system TEXT NOT NULL,
    code TEXT NOT NULL,
    tenant TEXT NOT NULL,
    PRIMARY KEY ("key", param, low, high, system, code)
)
 WITHOUT ROWID;
CREATE INDEX number_index_by_low ON number_index (tenant, param, low, high, "key");
CREATE TABLE outbound (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    partner TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    fault TEXT NOT NULL,
    CONSTRAINT outbound_once UNIQUE (tenant, partner, kind, id, version)
);
CREATE INDEX outbound_due ON outbound (state, partner, number);
CREATE INDEX outbound_of_task ON outbound (tenant, id);
CREATE TABLE overdue (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
)
 WITHOUT ROWID;
CREATE TABLE partner_line (
    tenant TEXT NOT NULL,
    partner TEXT NOT NULL,
    lease TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    fault TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    subscription TEXT NOT NULL,
    secret TEXT NOT NULL,
    requesters TEXT NOT NULL,
    events BIGINT NOT NULL,
    announced BIGINT NOT NULL,
    check_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner)
)
 WITHOUT ROWID;
CREATE TABLE permit (
    tenant TEXT NOT NULL,
    patient TEXT NOT NULL,
    party TEXT NOT NULL,
    label TEXT NOT NULL,
    source BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, patient, party, label, source, starts_at, ends_at)
)
 WITHOUT ROWID;
CREATE INDEX permit_by_source ON permit (source);
CREATE TABLE poll_cursor (
    tenant TEXT NOT NULL,
    partner TEXT NOT NULL,
    watermark TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner)
)
 WITHOUT ROWID;
CREATE TABLE received (
    tenant TEXT NOT NULL,
    partner TEXT NOT NULL,
    subscription TEXT NOT NULL,
    number BIGINT NOT NULL,
    focuses TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    fault TEXT NOT NULL,
    PRIMARY KEY (tenant, partner, subscription, number)
)
 WITHOUT ROWID;
CREATE INDEX ix_received_received_at ON received (received_at);
CREATE INDEX received_due ON received (state, tenant, partner);
CREATE TABLE reference_index (
    "key" BIGINT NOT NULL,
    param TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_type TEXT NOT NULL,
    url TEXT NOT NULL,
    identifier TEXT NOT NULL,
    tenant TEXT NOT NULL,
    PRIMARY KEY ("key", param, target_id, target_type, url, identifier)
)
 WITHOUT ROWID;
CREATE INDEX reference_index_by_identifier ON reference_index (tenant, param, identifier, "key") WHERE identifier <> '';
CREATE INDEX reference_index_by_target ON reference_index (tenant, target_id, target_type, param, "key");
CREATE INDEX reference_index_by_url ON reference_index (tenant, param, url, "key") WHERE url <> '';
CREATE TABLE reply (
    tenant TEXT NOT NULL,
    client TEXT NOT NULL,
    "key" TEXT NOT NULL,
    digest BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, client, "key")
);
CREATE INDEX ix_reply_at ON reply (at);
CREATE TABLE resend (
    tenant TEXT NOT NULL,
    subscription TEXT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, subscription, first, last)
)
 WITHOUT ROWID;
CREATE TABLE resource (
    "key" INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    method TEXT NOT NULL,
    author TEXT NOT NULL,
    patient TEXT,
    labels TEXT NOT NULL,
    PRIMARY KEY ("key"),
    CONSTRAINT resource_by_id UNIQUE (tenant, type, id)
);
CREATE INDEX resource_in_order ON resource (tenant, type, "key");
CREATE TABLE resource_grant (
    "key" BIGINT NOT NULL,
    party TEXT NOT NULL,
    source BIGINT NOT NULL,
    PRIMARY KEY ("key", party, source)
)
 WITHOUT ROWID;
CREATE INDEX resource_grant_by_party ON resource_grant (party, "key");
CREATE INDEX resource_grant_by_source ON resource_grant (source);
CREATE TABLE resource_label (
    "key" BIGINT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY ("key", label)
)
 WITHOUT ROWID;
CREATE TABLE resource_version (
    "key" BIGINT NOT NULL,
    version BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    method TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY ("key", version)
);
CREATE INDEX resource_version_by_update ON resource_version (tenant, type, updated_at, "key", version);
CREATE TABLE search_page (
    token TEXT NOT NULL,
    tenant TEXT NOT NULL,
    client TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "after" TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (token)
)
 WITHOUT ROWID;
CREATE INDEX ix_search_page_until ON search_page (until);
CREATE TABLE string_index (
    "key" BIGINT NOT NULL,
    param TEXT NOT NULL,
    norm TEXT NOT NULL,
    exact TEXT NOT NULL,
    tenant TEXT NOT NULL,
    PRIMARY KEY ("key", param, norm, exact)
)
 WITHOUT ROWID;
CREATE INDEX string_index_by_norm ON string_index (tenant, param, norm, "key");
CREATE TABLE subscription (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    status TEXT NOT NULL,
    topic TEXT NOT NULL,
    client TEXT NOT NULL,
    channel TEXT NOT NULL,
    origin TEXT NOT NULL,
    definition TEXT NOT NULL,
    secrets TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
)
 WITHOUT ROWID;
CREATE INDEX subscription_of_topic ON subscription (tenant, topic);
CREATE TABLE token_index (
    "key" BIGINT NOT NULL,
    param TEXT NOT NULL,
    code TEXT NOT NULL,
    system TEXT NOT NULL,
    tenant TEXT NOT NULL,
    PRIMARY KEY ("key", param, code, system)
)
 WITHOUT ROWID;
CREATE INDEX token_index_by_code ON token_index (tenant, param, code, "key", system);
CREATE TABLE unique_identifier (
    tenant TEXT NOT NULL,
    author TEXT NOT NULL,
    type TEXT NOT NULL,
    kind TEXT NOT NULL,
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    "key" BIGINT NOT NULL,
    PRIMARY KEY (tenant, author, type, kind, system, value)
)
 WITHOUT ROWID;
CREATE INDEX unique_identifier_of_resource ON unique_identifier ("key");
CREATE TABLE worklist (
    "key" BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    queue TEXT NOT NULL,
    requester TEXT NOT NULL,
    status TEXT NOT NULL,
    business_status TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    next_event TEXT NOT NULL,
    thread TEXT NOT NULL,
    priority TEXT NOT NULL,
    PRIMARY KEY ("key")
);
CREATE INDEX worklist_by_due ON worklist (tenant, due_at, id);
CREATE INDEX worklist_of_owner ON worklist (tenant, owner, due_at, id);
CREATE INDEX worklist_of_queue ON worklist (tenant, queue, due_at, id);
CREATE INDEX worklist_of_requester ON worklist (tenant, requester, due_at, id);
UPDATE store_version SET version = 2;
INSERT INTO audit_head VALUES (0, 0, x'');
INSERT INTO audit_head VALUES (1, 0, x'');
INSERT INTO audit_head VALUES (2, 0, x'');
INSERT INTO audit_head VALUES (3, 0, x'');
INSERT INTO audit_head VALUES (4, 0, x'');
INSERT INTO audit_head VALUES (5, 0, x'');
INSERT INTO audit_head VALUES (6, 0, x'');
INSERT INTO audit_head VALUES (7, 0, x'');
INSERT INTO audit_head VALUES (8, 0, x'');
INSERT INTO audit_head VALUES (9, 0, x'');
INSERT INTO audit_head VALUES (10, 0, x'');
INSERT INTO audit_head VALUES (11, 0, x'');
INSERT INTO audit_head VALUES (12, 0, x'');
INSERT INTO audit_head VALUES (13, 0, x'');
INSERT INTO audit_head VALUES (14, 0, x'');
INSERT INTO audit_head VALUES (15, 0, x'');
