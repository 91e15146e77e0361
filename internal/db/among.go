package db

import (
	"strconv"
	"strings"
)

// Among adds values to the arguments of a statement and returns their places, for
// the brackets of an IN. Without values it is a place that nothing equals.
func Among(args *[]any, values []string) string {
	if len(values) == 0 {
		return "NULL"
	}
	places := make([]string, len(values))
	for i, v := range values {
		*args = append(*args, v)
		places[i] = "$" + strconv.Itoa(len(*args))
	}
	return strings.Join(places, ", ")
}
