INSERT INTO decisions (clip_id, annotator, action, labels, previous_labels, queue, run_id, note, batch, token, undoes, created_at)
VALUES ('curated/žluť 犬.wav', 'Zoë', 'relabel', 'Bark,Meow', 'Bark', 'Most suspect by r', 'r', 'says "so"; --', 'b1', 't1', NULL, '2026-01-31 14:25:30.123456');
INSERT INTO decisions (clip_id, annotator, action, labels, previous_labels, queue, run_id, note, batch, token, undoes, created_at)
VALUES ('curated/b.wav', 'bo', 'remove', '', 'Meow', '', '', '', '', 't2', NULL, '2026-01-31 14:25:31.000000');
INSERT INTO decisions (clip_id, annotator, action, labels, previous_labels, queue, run_id, note, batch, token, undoes, created_at)
VALUES ('curated/b.wav', 'bo', 'undo', '', '', '', '', '', 'b2', 'b2/2', 2, '2026-01-31 14:25:32.000000');
INSERT INTO decisions (clip_id, annotator, action, labels, previous_labels, queue, run_id, note, batch, token, undoes, created_at)
VALUES ('curated/žluť 犬.wav', 'bo', 'accept', 'Bark', 'Bark', '', '', '', '', 't3', NULL, '2026-01-31 14:25:33.000000');
INSERT INTO label_sets (name, created_at, parent, rule, sha256, num_clips)
VALUES ('first', '2026-01-31 15:00:00.000000', NULL, '{"rule": "latest", "annotator": null, "adjudicator": null}', 'aa', 2);
INSERT INTO label_sets (name, created_at, parent, rule, sha256, num_clips)
VALUES ('second', '2026-01-31 15:30:00.000000', 'first', '{"rule": "agreement", "num": 2, "adjudicator": "Zoë"}', 'bb', 1);
INSERT INTO label_set_clips (set_id, clip_id, labels) VALUES (1, 'curated/b.wav', 'Meow');
INSERT INTO label_set_clips (set_id, clip_id, labels) VALUES (1, 'curated/žluť 犬.wav', 'Bark');
INSERT INTO label_set_clips (set_id, clip_id, labels) VALUES (2, 'curated/b.wav', 'Meow');
INSERT INTO queues (token, name, kind, settings, explanation, num_clips, created_by, created_at, run_id)
VALUES ('q1', 'Most suspect by r', 'suspect', '{"limit": 2, "run": "r"}', 'Why so.', 2, 'Zoë', '2026-01-31 14:00:00.000000', 'r');
INSERT INTO queues (token, name, kind, settings, explanation, num_clips, created_by, created_at, run_id)
VALUES ('q2', 'Random sample', 'random', '{"limit": 1, "seed": 0}', '', 1, '', '2026-01-31 14:01:00.000000', '');
INSERT INTO queue_clips (queue_id, position, clip_id, reason, suggested) VALUES (1, 0, 'curated/b.wav', 'label Meow 0.02, Bark 0.93', 'Bark');
INSERT INTO queue_clips (queue_id, position, clip_id, reason, suggested) VALUES (1, 1, 'curated/žluť 犬.wav', '', '');
INSERT INTO queue_clips (queue_id, position, clip_id, reason, suggested) VALUES (2, 0, 'curated/b.wav', '', NULL);
