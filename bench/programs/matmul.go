package main

const n = 300

func matrix(f func(i, j int) float64) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		for j := range m[i] {
			m[i][j] = f(i, j)
		}
	}
	return m
}

// By rows of b: the inner loop walks over two slices.
func byRows(a, b, c [][]float64) {
	for i := range a {
		ci := c[i]
		for k, x := range a[i] {
			for j, y := range b[k] {
				ci[j] += x * y
			}
		}
	}
}

// As it is written in books: the inner loop walks down a column.
func byColumns(a, b, c [][]float64) {
	for i := 0; i < n; i++ {
		for j := 0; j < n; j++ {
			sum := 0.0
			for k := 0; k < n; k++ {
				sum += a[i][k] * b[k][j]
			}
			c[i][j] = sum
		}
	}
}

func main() {
	a := matrix(func(i, j int) float64 { return float64(i*j%7) + 0.5 })
	b := matrix(func(i, j int) float64 { return float64((i+j)%5) - 1.5 })
	c := matrix(func(i, j int) float64 { return 0 })
	for range 50 {
		byRows(a, b, c)
	}
	println(int(c[10][20]), int(c[n-1][n-1]))
	for range 30 {
		byColumns(a, b, c)
	}
	println(int(c[10][20]), int(c[n-1][n-1]))
}
