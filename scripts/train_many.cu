// Kernels of scripts/train_many.py: what an update of many networks needs besides matrix products.
//
// S networks of the same padded shape learn side by side. An update has B trajectories of T steps for each network. Its N = T·B
// rows are numbered t·B + b. Lengths are in metres, angles in radians, values are float32.
//
// A network's parameters lie in one row of P floats, four matrices one after another. Biases are rows of the matrices:
//
//     gates   [132, 512]  rows: 3 of ego_vel, the bias, 128 hidden units; columns: gates i, j, f, o
//     linear  [132, 512]  rows: 3 unused, the bias, 128 hidden units
//     heads   [516, 268]  rows: 512 linear units, the bias, 3 unused; columns: 256 place cells, 12 head directions
//     start   [272, 256]  rows: 268 codes, the bias, 3 unused; columns: the first hidden state, the first cell state
//
// The input of the first two is xh [T + 1, B, 132]: ego_vel of step t, a one, and the hidden state before step t. A network of fewer
// units has zeros in the others. Their gradients are zeros, so that they stay zero. Unused rows are held at zero (update).
//
// A block of the recurrences keeps all recurrent weights of a network: half in registers, half in shared memory.
// It steps through time for a few of the trajectories. Blocks never wait for each other.
//
// Without CUDA (a C++ compiler and -DHOST) the same source runs on the processor, for tests.
#ifdef HOST
#include "train_many_host.h"
#else
#include <cuda_runtime.h>
#define LAUNCH(kernel, grid, threads, bytes, ...) \
    do { \
        if ((bytes) > 48 * 1024) cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes); \
        kernel<<<grid, threads, bytes, static_cast<cudaStream_t>(stream)>>>(__VA_ARGS__); \
    } while (0)
#define DYNAMIC_SHARED(type, name) extern __shared__ type name[]
#define STATUS() static_cast<int>(cudaGetLastError())
#endif

// Settings of a network. train_many.py fills it in; all are float32.
struct Rule {
    float limit[4], decay[4];  // of the gradients and weights of gates, linear, heads, start
    float rate, momentum, bias, keep, batch, place_width, concentration, seed;
};

namespace {

constexpr int T = 100, B = 10, N = T * B;
constexpr int H = 128, G = 4 * H, U = 512, X = H + 4;         // hidden units, gates, linear units, columns of xh
constexpr int PLACES = 256, DIRECTIONS = 12, CODES = 268;     // cells
constexpr int LINEAR = U + 4, START = CODES + 4;              // columns with the one and what fills them up to a multiple of 4
constexpr int END_GATES = X * G, END_LINEAR = END_GATES + X * U, END_HEADS = END_LINEAR + LINEAR * CODES, P = END_HEADS + START * 2 * H;
constexpr int THREADS = 256, HALF = H / 2;
constexpr int SHARED_WEIGHTS = HALF / 4 * 2 * THREADS * 16;   // bytes: the second half of the weights of both columns of each thread

__device__ float sigmoid(float x) { return 1 / (1 + expf(-x)); }

// multiply adds to sum[c][b] the product of a thread's two columns of weights, [2][128], with the vectors v[b][128].
template <int NB>
__device__ void multiply(const float (&first)[2][HALF], const float4* second, const float* v, int stride, float (&sum)[2][NB]) {
#pragma unroll
    for (int k = 0; k < HALF / 4; k++) {
#pragma unroll
        for (int b = 0; b < NB; b++) {
            const float4 x = *reinterpret_cast<const float4*>(v + b * stride + 4 * k);
#pragma unroll
            for (int c = 0; c < 2; c++) {
                sum[c][b] += first[c][4 * k] * x.x;
                sum[c][b] += first[c][4 * k + 1] * x.y;
                sum[c][b] += first[c][4 * k + 2] * x.z;
                sum[c][b] += first[c][4 * k + 3] * x.w;
            }
        }
    }
#pragma unroll
    for (int k = 0; k < HALF / 4; k++) {
        float4 w[2];
#pragma unroll
        for (int c = 0; c < 2; c++) w[c] = second[k * 2 * THREADS + c * THREADS + threadIdx.x];
#pragma unroll
        for (int b = 0; b < NB; b++) {
            const float4 x = *reinterpret_cast<const float4*>(v + b * stride + HALF + 4 * k);
#pragma unroll
            for (int c = 0; c < 2; c++) {
                sum[c][b] += w[c].x * x.x;
                sum[c][b] += w[c].y * x.y;
                sum[c][b] += w[c].z * x.z;
                sum[c][b] += w[c].w * x.w;
            }
        }
    }
}

// forward runs the LSTM over T steps. ego is ego_vel [S, B, T, 3] with a network's part at s * ego_stride, start [S, B, 2H] has the first
// states. It fills xh [S, T + 1, B, X], the activated gates [S, T, B, G] and the cell states [S, T + 1, B, H]. Sonnet's forget gate has a bias of 1.
template <int NB>
__global__ void __launch_bounds__(THREADS, 1)
forward(const float* parameters, const float* ego, long ego_stride, const float* start, float* xh, float* gates, float* cells) {
    DYNAMIC_SHARED(float4, second);
    __shared__ float4 hidden4[NB][H / 4];
    __shared__ float passed[2][NB][H];
    __shared__ float input[T][NB][3];
    float* hidden = reinterpret_cast<float*>(hidden4);
    const int s = blockIdx.x, b0 = blockIdx.y * B / gridDim.y, nb = (blockIdx.y + 1) * B / gridDim.y - b0;
    const int tid = threadIdx.x, u = tid % H;
    const bool lower = tid < H;  // threads of the gates i and f; the others have j and o
    const float* w = parameters + static_cast<long>(s) * P;
    float first[2][HALF], in[2][4];
#pragma unroll
    for (int c = 0; c < 2; c++) {
        const int column = tid + c * THREADS;
#pragma unroll
        for (int k = 0; k < 4; k++) in[c][k] = w[k * G + column];
#pragma unroll
        for (int k = 0; k < HALF; k++) first[c][k] = w[(4 + k) * G + column];
#pragma unroll
        for (int k = 0; k < HALF / 4; k++) {
            const float* from = w + (4 + HALF + 4 * k) * G + column;
            second[k * 2 * THREADS + column] = make_float4(from[0], from[G], from[2 * G], from[3 * G]);
        }
    }
    for (int i = tid; i < T * NB * 3; i += THREADS) {
        const int t = i / (NB * 3), b = i / 3 % NB;
        input[t][b][i % 3] = b < nb ? ego[s * ego_stride + ((b0 + b) * T + t) * 3 + i % 3] : 0;
    }
    float c[NB];
    if (lower) {
#pragma unroll
        for (int b = 0; b < NB; b++) {
            const float* from = start + (static_cast<long>(s) * B + b0 + b) * 2 * H;
            const float h = b < nb ? from[u] : 0;
            c[b] = b < nb ? from[H + u] : 0;
            hidden[b * H + u] = h;
            if (b < nb) {
                cells[(static_cast<long>(s) * (T + 1) * B + b0 + b) * H + u] = c[b];
                xh[(static_cast<long>(s) * (T + 1) * B + b0 + b) * X + 4 + u] = h;
            }
        }
    }
    __syncthreads();
    for (int t = 0; t < T; t++) {
        float sum[2][NB];
#pragma unroll
        for (int k = 0; k < 2; k++)
#pragma unroll
            for (int b = 0; b < NB; b++) sum[k][b] = in[k][3] + in[k][0] * input[t][b][0] + in[k][1] * input[t][b][1] + in[k][2] * input[t][b][2];
        multiply<NB>(first, second, hidden, H, sum);
#pragma unroll
        for (int b = 0; b < NB; b++) {
            sum[0][b] = lower ? sigmoid(sum[0][b]) : tanhf(sum[0][b]);
            sum[1][b] = sigmoid(lower ? sum[1][b] + 1 : sum[1][b]);
            if (!lower) passed[0][b][u] = sum[0][b], passed[1][b][u] = sum[1][b];
            if (b < nb) {
                float* to = gates + ((static_cast<long>(s) * T + t) * B + b0 + b) * G;
                to[tid] = sum[0][b];
                to[tid + THREADS] = sum[1][b];
            }
        }
        if (tid < NB * 4 && tid / 4 < nb)
            xh[((static_cast<long>(s) * (T + 1) + t) * B + b0 + tid / 4) * X + tid % 4] = tid % 4 < 3 ? input[t][tid / 4][tid % 4] : 1;
        __syncthreads();
        if (lower) {
#pragma unroll
            for (int b = 0; b < NB; b++) {
                c[b] = sum[1][b] * c[b] + sum[0][b] * passed[0][b][u];
                const float h = tanhf(c[b]) * passed[1][b][u];
                hidden[b * H + u] = h;
                if (b < nb) {
                    const long row = (static_cast<long>(s) * (T + 1) + t + 1) * B + b0 + b;
                    cells[row * H + u] = c[b];
                    xh[row * X + 4 + u] = h;
                }
            }
        }
        __syncthreads();
    }
    if (tid < NB * 4 && tid / 4 < nb) xh[((static_cast<long>(s) * (T + 1) + T) * B + b0 + tid / 4) * X + tid % 4] = tid % 4 < 3 ? 0 : 1;
}

// backward runs through the steps in reverse order. above [S, N, H] is the gradient of the hidden states from the linear layer. It fills
// gradients of the gates before their activation, to_gates [S, N, G], and those of the first states, to_start [S, B, 2H].
template <int NB>
__global__ void __launch_bounds__(THREADS, 1)
backward(const float* parameters, const float* above, const float* gates, const float* cells, float* to_gates, float* to_start) {
    constexpr int EACH = (NB + 1) / 2;  // trajectories for which a thread has the elementwise work of its hidden unit
    DYNAMIC_SHARED(float4, second);
    __shared__ float4 gate4[NB][G / 4];
    __shared__ float parts[4][NB][H];
    float* gate = reinterpret_cast<float*>(gate4);
    const int s = blockIdx.x, b0 = blockIdx.y * B / gridDim.y, nb = (blockIdx.y + 1) * B / gridDim.y - b0;
    const int tid = threadIdx.x, u = tid % H, half = tid / H, q = tid / HALF;
    const float* w = parameters + static_cast<long>(s) * P + 4 * G;
    float first[2][HALF];  // weights from gate q to the hidden units tid % 64 and tid % 64 + 64
#pragma unroll
    for (int c = 0; c < 2; c++) {
        const float4* from = reinterpret_cast<const float4*>(w + (tid % HALF + c * HALF) * G + q * H);
#pragma unroll
        for (int k = 0; k < HALF / 4; k++) {
            const float4 x = from[k];
            first[c][4 * k] = x.x, first[c][4 * k + 1] = x.y, first[c][4 * k + 2] = x.z, first[c][4 * k + 3] = x.w;
            second[k * 2 * THREADS + c * THREADS + tid] = from[HALF / 4 + k];
        }
    }
    for (int i = tid; i < 4 * NB * H; i += THREADS) (&parts[0][0][0])[i] = 0;
    float dc[EACH], next[EACH][6];  // of the step to come: the gradient from above, the gates, the cell state before
    float now[EACH];                // the cell state after it
    auto load = [&](int t) {
#pragma unroll
        for (int e = 0; e < EACH; e++) {
            const int b = half + 2 * e;
            if (b >= nb) continue;
            const long row = (static_cast<long>(s) * T + t) * B + b0 + b;
            next[e][0] = above[row * H + u];
#pragma unroll
            for (int k = 0; k < 4; k++) next[e][1 + k] = gates[row * G + k * H + u];
            next[e][5] = cells[((static_cast<long>(s) * (T + 1) + t) * B + b0 + b) * H + u];
        }
    };
#pragma unroll
    for (int e = 0; e < EACH; e++) {
        dc[e] = 0;
        now[e] = half + 2 * e < nb ? cells[((static_cast<long>(s) * (T + 1) + T) * B + b0 + half + 2 * e) * H + u] : 0;
#pragma unroll
        for (int k = 0; k < 6; k++) next[e][k] = 0;
    }
    load(T - 1);
    __syncthreads();
    for (int t = T - 1; t >= 0; t--) {
#pragma unroll
        for (int e = 0; e < EACH; e++) {
            const int b = half + 2 * e;
            if (b >= NB) continue;
            const float dh = next[e][0] + ((parts[0][b][u] + parts[1][b][u]) + (parts[2][b][u] + parts[3][b][u]));
            const float i = next[e][1], j = next[e][2], f = next[e][3], o = next[e][4], before = next[e][5], out = tanhf(now[e]);
            const float d = dc[e] + dh * o * (1 - out * out);
            float* g = gate + b * G + u;
            g[0] = d * j * i * (1 - i);
            g[H] = d * i * (1 - j * j);
            g[2 * H] = d * before * f * (1 - f);
            g[3 * H] = dh * out * o * (1 - o);
            if (b < nb) {
                float* to = to_gates + ((static_cast<long>(s) * T + t) * B + b0 + b) * G + u;
#pragma unroll
                for (int k = 0; k < 4; k++) to[k * H] = g[k * H];
            }
            dc[e] = d * f;
            now[e] = before;
        }
        if (t > 0) load(t - 1);
        __syncthreads();
        float sum[2][NB];
#pragma unroll
        for (int k = 0; k < 2; k++)
#pragma unroll
            for (int b = 0; b < NB; b++) sum[k][b] = 0;
        multiply<NB>(first, second, gate + q * H, G, sum);
#pragma unroll
        for (int b = 0; b < NB; b++) {
            parts[q][b][tid % HALF] = sum[0][b];
            parts[q][b][tid % HALF + HALF] = sum[1][b];
        }
        __syncthreads();
    }
#pragma unroll
    for (int e = 0; e < EACH; e++) {
        const int b = half + 2 * e;
        if (b >= nb) continue;
        float* to = to_start + (static_cast<long>(s) * B + b0 + b) * 2 * H + u;
        to[0] = (parts[0][b][u] + parts[1][b][u]) + (parts[2][b][u] + parts[3][b][u]);
        to[H] = dc[e];
    }
}

__device__ float warp_sum(float x) {
    for (int d = 16; d > 0; d /= 2) x += __shfl_xor_sync(0xffffffffu, x, d);
    return x;
}

__device__ float warp_max(float x) {
    for (int d = 16; d > 0; d /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, d));
    return x;
}

// softmax gives a warp the softmax of its values: lane l has the elements l, l + 32 and so on of the n.
template <int EACH>
__device__ void softmax(float (&value)[EACH], int n) {
    const int lane = threadIdx.x % 32;
    float largest = -INFINITY, total = 0;
#pragma unroll
    for (int k = 0; k < EACH; k++)
        if (lane + 32 * k < n) largest = fmaxf(largest, value[k]);
    largest = warp_max(largest);
#pragma unroll
    for (int k = 0; k < EACH; k++) {
        value[k] = lane + 32 * k < n ? expf(value[k] - largest) : 0;
        total += value[k];
    }
    total = 1 / warp_sum(total);
#pragma unroll
    for (int k = 0; k < EACH; k++) value[k] *= total;
}

// codes gives a warp the posteriors over the place cells and over the head directions at a position and a heading.
__device__ void codes(const Rule& rule, const float* centres, const float* directions, float x, float y, float heading, float (&place)[PLACES / 32],
                      float (&direction)[1]) {
    const int lane = threadIdx.x % 32;
    const float sharpness = -0.5f / (rule.place_width * rule.place_width);
#pragma unroll
    for (int k = 0; k < PLACES / 32; k++) {
        const float dx = x - centres[2 * (lane + 32 * k)], dy = y - centres[2 * (lane + 32 * k) + 1];
        place[k] = sharpness * (dx * dx + dy * dy);
    }
    softmax(place, PLACES);
    direction[0] = lane < DIRECTIONS ? rule.concentration * cosf(heading - directions[lane]) : 0;
    softmax(direction, DIRECTIONS);
}

// begin writes the codes of the first positions [S, B, 2] and headings [S, B] to start [S, B, START]. A block has one trajectory.
__global__ void begin(const Rule* rules, const float* centres, const float* directions, const float* position, const float* heading, long stride,
                      long heading_stride, float* start) {
    const int s = blockIdx.x, b = blockIdx.y, lane = threadIdx.x;
    float place[PLACES / 32], direction[1];
    const float* at = position + s * stride + 2 * b;
    codes(rules[s], centres + static_cast<long>(s) * 2 * PLACES, directions, at[0], at[1], heading[s * heading_stride + b], place, direction);
    float* to = start + (static_cast<long>(s) * B + b) * START;
#pragma unroll
    for (int k = 0; k < PLACES / 32; k++) to[lane + 32 * k] = place[k];
    if (lane < DIRECTIONS) to[PLACES + lane] = direction[0];
    if (lane < START - CODES) to[CODES + lane] = lane == 0;
}

// cross_entropy turns the logits [S, N, CODES] into the gradient of the loss, the mean over rows of the cross-entropies of both heads, and adds
// the loss to loss [S]. position is [S, B, T, 2], heading [S, B, T]. A warp has a row. Trajectories from rule.batch on count nothing.
__global__ void cross_entropy(const Rule* rules, const float* centres, const float* directions, const float* position, const float* heading, long stride,
                              long heading_stride, float* logits, float* loss) {
    const int s = blockIdx.y, row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32, lane = threadIdx.x % 32, t = row / B, b = row % B;
    const Rule rule = rules[s];
    const bool counts = b < rule.batch;
    const float share = counts ? 1 / (T * rule.batch) : 0;
    float place[PLACES / 32], direction[1];
    codes(rule, centres + static_cast<long>(s) * 2 * PLACES, directions, position[s * stride + (b * T + t) * 2], position[s * stride + (b * T + t) * 2 + 1],
          heading[s * heading_stride + b * T + t], place, direction);
    float* at = logits + (static_cast<long>(s) * N + row) * CODES;
    float p[PLACES / 32], largest = -INFINITY, total = 0, entropy = 0;
#pragma unroll
    for (int k = 0; k < PLACES / 32; k++) p[k] = at[lane + 32 * k], largest = fmaxf(largest, p[k]);
    largest = warp_max(largest);
#pragma unroll
    for (int k = 0; k < PLACES / 32; k++) {
        p[k] -= largest;
        entropy -= place[k] * p[k];
        p[k] = expf(p[k]);
        total += p[k];
    }
    total = warp_sum(total);
#pragma unroll
    for (int k = 0; k < PLACES / 32; k++) {
        entropy += place[k] * logf(total);
        at[lane + 32 * k] = (p[k] / total - place[k]) * share;
    }
    const bool of_direction = lane < DIRECTIONS;
    float d = of_direction ? at[PLACES + lane] : -INFINITY;
    d -= warp_max(d);
    const float e = of_direction ? expf(d) : 0, sum = warp_sum(e);
    if (of_direction) {
        entropy += direction[0] * (logf(sum) - d);
        at[PLACES + lane] = (e / sum - direction[0]) * share;
    }
    entropy = warp_sum(entropy) * share;
    if (lane == 0) atomicAdd(loss + s, entropy);
}

// philox gives four random words (Salmon et al. 2011, Philox4x32-10).
__device__ uint4 philox(uint4 counter, uint2 key) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const unsigned long long a = 0xD2511F53ull * counter.x, b = 0xCD9E8D57ull * counter.z;
        counter = make_uint4(static_cast<unsigned>(b >> 32) ^ counter.y ^ key.x, static_cast<unsigned>(b),
                             static_cast<unsigned>(a >> 32) ^ counter.w ^ key.y, static_cast<unsigned>(a));
        key.x += 0x9E3779B9u;
        key.y += 0xBB67AE85u;
    }
    return counter;
}

// drop multiplies the linear units [S, N, LINEAR] by 1 / keep or by 0. The draw depends on the network's seed, the update, the row and the unit only,
// so that the second call of an update drops the same units from the gradients.
__global__ void drop(const Rule* rules, const long long* update, float* values) {
    const int s = blockIdx.y, four = blockIdx.x * blockDim.x + threadIdx.x, row = four / (U / 4), unit = four % (U / 4) * 4;
    const float keep = rules[s].keep;
    if (row >= N || keep == 1) return;
    const unsigned long long n = *update;
    const uint4 random = philox(make_uint4(four, static_cast<unsigned>(n), static_cast<unsigned>(n >> 32), 0), make_uint2(static_cast<unsigned>(rules[s].seed), 1));
    float4* at = reinterpret_cast<float4*>(values + (static_cast<long>(s) * N + row) * LINEAR + unit);
    const float scale = 1 / keep, edge = keep * 4294967296.0f;
    float4 x = *at;
    x.x *= random.x < edge ? scale : 0;
    x.y *= random.y < edge ? scale : 0;
    x.z *= random.z < edge ? scale : 0;
    x.w *= random.w < edge ? scale : 0;
    *at = x;
}

// update applies TensorFlow's RMSProp (decay 0.9, epsilon 1e-10 within the root) to clipped gradients. All are [S, P].
__global__ void update(const Rule* rules, float* weights, const float* gradients, float* squares, float* moments) {
    const int s = blockIdx.y, at = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
    if (at >= P) return;
    const Rule rule = rules[s];
    int part, row, bias;
    bool unused = false;
    if (at < END_GATES) {
        part = 0, row = at / G, bias = 3;
    } else if (at < END_LINEAR) {
        part = 1, row = (at - END_GATES) / U, bias = 3, unused = row < 3 || (row == 3 && rule.bias == 0);
    } else if (at < END_HEADS) {
        part = 2, row = (at - END_LINEAR) / CODES, bias = U, unused = row > U;
    } else {
        part = 3, row = (at - END_HEADS) / (2 * H), bias = CODES, unused = row > CODES;
    }
    if (unused) return;
    const float limit = rule.limit[part], decay = row == bias ? 0 : rule.decay[part];
    const long first = (static_cast<long>(s) * P + at) / 4;
    float4 w = reinterpret_cast<float4*>(weights)[first], square = reinterpret_cast<float4*>(squares)[first], moment = reinterpret_cast<float4*>(moments)[first];
    const float4 gradient = reinterpret_cast<const float4*>(gradients)[first];
    auto step = [&](float& w, float gradient, float& square, float& moment) {
        const float g = fmaxf(fminf(gradient + decay * w, limit), -limit);
        square = 0.9f * square + 0.1f * g * g;
        moment = rule.momentum * moment + rule.rate * g / sqrtf(square + 1e-10f);
        w -= moment;
    };
    step(w.x, gradient.x, square.x, moment.x);
    step(w.y, gradient.y, square.y, moment.y);
    step(w.z, gradient.z, square.z, moment.z);
    step(w.w, gradient.w, square.w, moment.w);
    reinterpret_cast<float4*>(weights)[first] = w;
    reinterpret_cast<float4*>(squares)[first] = square;
    reinterpret_cast<float4*>(moments)[first] = moment;
}

}  // namespace

// The functions that train_many.py calls. They start a kernel on a stream and return CUDA's status. blocks is the number of blocks that share the
// B trajectories of a network: 2, 4 or 5, with at most 5, 3 or 2 trajectories each.
extern "C" {

int run_forward(void* stream, int networks, int blocks, const float* parameters, const float* ego, long ego_stride, const float* start, float* xh,
                float* gates, float* cells) {
    const dim3 grid(networks, blocks);
    if (blocks == 2) LAUNCH(forward<5>, grid, THREADS, SHARED_WEIGHTS, parameters, ego, ego_stride, start, xh, gates, cells);
    else if (blocks == 4) LAUNCH(forward<3>, grid, THREADS, SHARED_WEIGHTS, parameters, ego, ego_stride, start, xh, gates, cells);
    else LAUNCH(forward<2>, grid, THREADS, SHARED_WEIGHTS, parameters, ego, ego_stride, start, xh, gates, cells);
    return STATUS();
}

int run_backward(void* stream, int networks, int blocks, const float* parameters, const float* above, const float* gates, const float* cells,
                 float* to_gates, float* to_start) {
    const dim3 grid(networks, blocks);
    if (blocks == 2) LAUNCH(backward<5>, grid, THREADS, SHARED_WEIGHTS, parameters, above, gates, cells, to_gates, to_start);
    else if (blocks == 4) LAUNCH(backward<3>, grid, THREADS, SHARED_WEIGHTS, parameters, above, gates, cells, to_gates, to_start);
    else LAUNCH(backward<2>, grid, THREADS, SHARED_WEIGHTS, parameters, above, gates, cells, to_gates, to_start);
    return STATUS();
}

int run_begin(void* stream, int networks, const Rule* rules, const float* centres, const float* directions, const float* position, const float* heading,
              long stride, long heading_stride, float* start) {
    LAUNCH(begin, dim3(networks, B), 32, 0, rules, centres, directions, position, heading, stride, heading_stride, start);
    return STATUS();
}

int run_cross_entropy(void* stream, int networks, const Rule* rules, const float* centres, const float* directions, const float* position,
                      const float* heading, long stride, long heading_stride, float* logits, float* loss) {
    LAUNCH(cross_entropy, dim3(N / 8, networks), 256, 0, rules, centres, directions, position, heading, stride, heading_stride, logits, loss);
    return STATUS();
}

int run_drop(void* stream, int networks, const Rule* rules, const long long* count, float* values) {
    LAUNCH(drop, dim3(N * U / 4 / 256, networks), 256, 0, rules, count, values);
    return STATUS();
}

int run_update(void* stream, int networks, const Rule* rules, float* weights, const float* gradients, float* squares, float* moments) {
    LAUNCH(update, dim3((P / 4 + 255) / 256, networks), 256, 0, rules, weights, gradients, squares, moments);
    return STATUS();
}
}
