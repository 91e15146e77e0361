package register

import (
	"testing"

	"github.com/google/uuid"
)

func TestActsOfTheLastMinuteAreCounted(t *testing.T) {
	id := uuid.Must(uuid.NewV7()).String()
	before := shortlyBefore(id)
	if !(before < id) {
		t.Errorf("%s is not before %s", before, id)
	}
	u, err := uuid.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := uuid.Parse(before)
	if err != nil {
		t.Fatal(err)
	}
	ms := func(x uuid.UUID) (n int64) {
		for _, c := range x[:6] {
			n = n<<8 | int64(c)
		}
		return n
	}
	if d := ms(u) - ms(b); d != 60_000 {
		t.Errorf("it lies %d ms before", d)
	}
}
