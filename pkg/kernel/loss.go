package kernel

import "math"

// SoftmaxCrossEntropy takes rows of logits z and targets t, all [rows, cells]. For each
// row it stores the loss Σ_k t_k·(log Σ_l exp(z_l) − z_k), and sets
// dz = scale·(softmax(z)·Σ_k t_k − t). dz may be z but not t. Exponentials are
// float32. Sums run in float64 as in [SumSquares].
func SoftmaxCrossEntropy(losses []float64, dz, z, t Matrix, scale float32) {
	softmaxCrossEntropy("SoftmaxCrossEntropy", losses, dz, z, t, scale, func(s softmaxSums) float32 { return float32(s.t / s.e) })
}

// SoftmaxCrossEntropyTF stores the losses that [SoftmaxCrossEntropy] stores, and sets
// dz = scale·(softmax(z) − t) as TensorFlow's softmax_cross_entropy_with_logits
// does. That is the gradient of the loss only where t sums to 1.
func SoftmaxCrossEntropyTF(losses []float64, dz, z, t Matrix, scale float32) {
	softmaxCrossEntropy("SoftmaxCrossEntropyTF", losses, dz, z, t, scale, func(s softmaxSums) float32 { return float32(1 / s.e) })
}

// softmaxSums are the sums of a row: Σe, Σt and Σt·(z−max) with e = exp(z−max).
type softmaxSums struct{ e, t, tz float64 }

// softmaxCrossEntropy multiplies e by ratio for the gradient. It takes a few rows at a
// time, step by step, so that the processor can begin with a row before it is done with
// the one before.
func softmaxCrossEntropy(function string, losses []float64, dz, z, t Matrix, scale float32, ratio func(softmaxSums) float32) {
	dz.check(function, "dz")
	z.check(function, "z")
	t.check(function, "t")
	sameLength(function, len(losses), dz.Rows, z.Rows, t.Rows)
	sameLength(function, dz.Cols, z.Cols, t.Cols)
	const together = 8
	for from := 0; from < len(losses); from += together {
		rows := losses[from:min(from+together, len(losses))]
		if z.Cols == 0 {
			clear(rows)
			continue
		}
		var max [together]float32
		for i := range rows {
			max[i] = active.maximum(z.row(from + i))
		}
		var sums [together]softmaxSums
		for i := range rows {
			s := &sums[i]
			s.e, s.t, s.tz = active.softmaxSums(dz.row(from+i), z.row(from+i), t.row(from+i), max[i])
		}
		for i := range rows {
			e := dz.row(from + i)
			active.softmaxGradient(e, e, t.row(from+i), ratio(sums[i]), scale)
			rows[i] = sums[i].t*math.Log(sums[i].e) - sums[i].tz
		}
	}
}

// maximumScalar returns the largest element. The result is unspecified if an
// element is NaN.
func maximumScalar(x []float32) float32 {
	best := float32(math.Inf(-1))
	for _, v := range x {
		if v > best {
			best = v
		}
	}
	return best
}

// softmaxSumsScalar sets e = exp(z−max) and returns Σe, Σt and Σt·(z−max).
func softmaxSumsScalar(e, z, t []float32, max float32) (sumE, sumT, sumTZ float64) {
	var se, st, stz sumLanes
	for i, v := range z {
		d := v - max
		st[i%8] += float64(t[i])
		stz[i%8] += float64(t[i]) * float64(d)
		e[i] = float32(math.Exp(float64(d)))
		se[i%8] += float64(e[i])
	}
	return se.fold(), st.fold(), stz.fold()
}

func softmaxGradientScalar(dz, e, t []float32, ratio, scale float32) {
	for i := range dz {
		dz[i] = float32(float32(e[i]*ratio)-t[i]) * scale
	}
}

// SigmoidCrossEntropy takes one row of n logits z and targets t and returns the
// mean over the cells of max(z, 0) − z·t' + log(1+exp(−|z|)) with t' = a·t+b,
// and sets dz = scale/n·(σ(z) − t'). dz may be z. The terms are float32. Their sum
// runs in float64 as in [SumSquares].
func SigmoidCrossEntropy(dz, z, t []float32, a, b, scale float32) float64 {
	sameLength("SigmoidCrossEntropy", len(dz), len(z), len(t))
	if len(z) == 0 {
		return 0
	}
	n := len(z)
	return active.sigmoidCrossEntropy(dz, z, t, a, b, scale/float32(n)) / float64(n)
}

func sigmoidCrossEntropyScalar(dz, z, t []float32, a, b, scale float32) float64 {
	var sum sumLanes
	for i, x := range z {
		target := float32(t[i]*a) + b
		log1p := float32(math.Log1p(math.Exp(-math.Abs(float64(x)))))
		loss := max(x, 0) - float32(x*target)
		sum[i%8] += float64(loss + log1p)
		dz[i] = float32(sigmoid(x)-target) * scale
	}
	return sum.fold()
}

// SquaredError takes one row of n predictions z and targets t and returns the
// mean of (z−t)², and sets dz = scale·2/n·(z−t). dz may be z. Differences are
// float32. Their sum runs in float64 as in [SumSquares].
func SquaredError(dz, z, t []float32, scale float32) float64 {
	sameLength("SquaredError", len(dz), len(z), len(t))
	if len(z) == 0 {
		return 0
	}
	n := len(z)
	return active.squaredError(dz, z, t, scale*2/float32(n)) / float64(n)
}

func squaredErrorScalar(dz, z, t []float32, scale float32) float64 {
	var sum sumLanes
	for i := range z {
		d := z[i] - t[i]
		sum[i%8] += float64(d) * float64(d)
		dz[i] = d * scale
	}
	return sum.fold()
}
