package reference

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls job(0) … job(n-1) on all cores; jobs write to disjoint places.
func parallel(n int, job func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			job(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				job(i)
			}
		})
	}
	wg.Wait()
}
