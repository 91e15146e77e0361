package audit

import "math"

// Rate is what a selection says about the population it was drawn from. Only
// items that chance chose, or the whole of a population, say anything about it.
type Rate struct {
	Population int
	Tested     int
	Exceptions int
	Bound90    float64 // the share of exceptions in the population is at most this, in 90 of 100 such selections
	Bound95    float64
}

// RateOf works out the rate of exceptions among tested items of a population.
func RateOf(population, tested, exceptions int) Rate {
	return Rate{population, tested, exceptions,
		upperBound(population, tested, exceptions, 0.90), upperBound(population, tested, exceptions, 0.95)}
}

// Share is the share of exceptions among the items tested; 0 where none was.
func (r Rate) Share() float64 {
	if r.Tested == 0 {
		return 0
	}
	return float64(r.Exceptions) / float64(r.Tested)
}

// upperBound returns the one-sided upper confidence bound of the share of
// exceptions in a population of which tested items were examined. It is exact:
// hypergeometric where the size of the population is known, binomial
// (Clopper-Pearson) where population is 0, for a process without end. Nothing
// tested bounds nothing: the bound is 1.
func upperBound(population, tested, exceptions int, confidence float64) float64 {
	if tested <= 0 {
		return 1
	}
	exceptions = min(max(exceptions, 0), tested)
	if population <= 0 {
		return binomialBound(tested, exceptions, 1-confidence)
	}
	return float64(hypergeometricBound(population, min(tested, population), exceptions, 1-confidence)) / float64(population)
}

// binomialBound is the share p at which finding at most k exceptions in n items
// has probability alpha.
func binomialBound(n, k int, alpha float64) float64 {
	if k >= n {
		return 1
	}
	low, high := float64(k)/float64(n), 1.0
	for range 100 { // halves until nothing is left to halve
		p := (low + high) / 2
		if binomialTail(n, k, p) > alpha {
			low = p
		} else {
			high = p
		}
	}
	return high
}

// binomialTail is the probability of at most k exceptions in n items.
func binomialTail(n, k int, p float64) float64 {
	sum := 0.0
	for i := 0; i <= k; i++ {
		sum += math.Exp(choose(n, i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

// hypergeometricBound is the largest number of exceptions in a population of
// size with which finding at most k in n items still has probability alpha. One
// that has exactly alpha is kept: rather a bound too high than too low.
func hypergeometricBound(size, n, k int, alpha float64) int {
	const tie = 1e-9 // the sums below are good to better than that
	low, high := k, size-n+k
	for low < high {
		d := (low + high + 1) / 2
		if hypergeometricTail(size, n, k, d) >= alpha*(1-tie) {
			low = d
		} else {
			high = d - 1
		}
	}
	return low
}

// hypergeometricTail is the probability of at most k exceptions in n items drawn
// from size items of which d are exceptions.
func hypergeometricTail(size, n, k, d int) float64 {
	sum, all := 0.0, choose(size, n)
	for i := max(0, n-(size-d)); i <= min(k, d); i++ {
		sum += math.Exp(choose(d, i) + choose(size-d, n-i) - all)
	}
	return sum
}

// choose is the natural logarithm of the binomial coefficient.
func choose(n, k int) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}
