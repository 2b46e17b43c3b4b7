# ../shared/data/reference_target_pos.npy has the positions of 40 real trajectories, [40, 100, 2].
go run ./scripts/dataset_figures ../shared/data/reference_target_pos.npy docs/dataset.svg
