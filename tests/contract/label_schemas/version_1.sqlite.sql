PRAGMA journal_mode = WAL;
CREATE TABLE decisions (
    id INTEGER NOT NULL,
    clip_id TEXT NOT NULL,
    annotator TEXT NOT NULL,
    action TEXT NOT NULL,
    labels TEXT NOT NULL,
    previous_labels TEXT NOT NULL,
    queue TEXT NOT NULL,
    run_id TEXT NOT NULL,
    note TEXT NOT NULL,
    batch TEXT NOT NULL,
    token TEXT NOT NULL,
    undoes INTEGER,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (token),
    UNIQUE (undoes),
    FOREIGN KEY(undoes) REFERENCES decisions (id)
);
CREATE INDEX decisions_of_a_clip ON decisions (clip_id, id);
CREATE INDEX decisions_of_an_annotator ON decisions (annotator, id);
CREATE INDEX decisions_of_a_batch ON decisions (batch);
CREATE TABLE label_sets (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    parent TEXT,
    rule TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    num_clips INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name),
    FOREIGN KEY(parent) REFERENCES label_sets (name),
    UNIQUE (sha256)
);
CREATE TABLE label_set_clips (
    set_id INTEGER NOT NULL,
    clip_id TEXT NOT NULL,
    labels TEXT NOT NULL,
    PRIMARY KEY (set_id, clip_id),
    FOREIGN KEY(set_id) REFERENCES label_sets (id)
);
CREATE TABLE queues (
    id INTEGER NOT NULL,
    token TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL,
    explanation TEXT NOT NULL,
    num_clips INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    run_id TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (token),
    UNIQUE (name)
);
CREATE TABLE queue_clips (
    queue_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    clip_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    suggested TEXT,
    PRIMARY KEY (queue_id, position),
    FOREIGN KEY(queue_id) REFERENCES queues (id)
);
