package training

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: courses that somebody completed.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "training-record", Source: "training", Part: true, Query: `SELECT track, 'Training completed: ' || track, min(at), 1 FROM training_completion WHERE org = $1 GROUP BY track`},
}
