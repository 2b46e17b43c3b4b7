// Runs the kernels of train_many.cu on the processor, so that a test can compare them with their definition where there is no GPU.
//
// Each thread of a block is a fibre. The fibres of a block take turns: each runs until its next barrier. A barrier is passed when all
// have come to it. Kernels that race do not show it here.
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <vector>

#define __global__
#define __device__
#define __shared__ static
#define __launch_bounds__(...)

struct dim3 {
    int x, y;
    dim3(int x, int y = 1) : x(x), y(y) {}
};
struct float4 { float x, y, z, w; };
struct uint4 { unsigned x, y, z, w; };
struct uint2 { unsigned x, y; };
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }

inline dim3 blockIdx(0, 0), threadIdx(0), blockDim(0), gridDim(0);
inline std::vector<char> dynamic_shared;
inline float exchanged[1024];

inline ucontext_t scheduler;
inline std::vector<ucontext_t> fibres;
inline std::vector<bool> ended;
inline std::function<void()> body;

inline void __syncthreads() {
    const int me = threadIdx.x;
    swapcontext(&fibres[me], &scheduler);
}

inline float __shfl_xor_sync(unsigned, float x, int distance) {
    exchanged[threadIdx.x] = x;
    __syncthreads();
    const float other = exchanged[threadIdx.x ^ distance];
    __syncthreads();
    return other;
}

inline void atomicAdd(float* to, float x) { *to += x; }

inline void run_fibre() {
    body();
    ended[threadIdx.x] = true;
}

inline void run_block(int threads) {
    static std::vector<char> stacks;
    constexpr int size = 1 << 16;
    stacks.resize(static_cast<size_t>(threads) * size);
    fibres.resize(threads);
    ended.assign(threads, false);
    for (int i = 0; i < threads; i++) {
        getcontext(&fibres[i]);
        fibres[i].uc_stack.ss_sp = stacks.data() + static_cast<size_t>(i) * size;
        fibres[i].uc_stack.ss_size = size;
        fibres[i].uc_link = &scheduler;
        makecontext(&fibres[i], run_fibre, 0);
    }
    for (bool going = true; going;) {
        going = false;
        for (int i = 0; i < threads; i++) {
            if (ended[i]) continue;
            threadIdx.x = i;
            swapcontext(&scheduler, &fibres[i]);
            going = going || !ended[i];
        }
    }
}

template <typename Kernel, typename... Arguments>
void launch(Kernel kernel, dim3 grid, int threads, size_t bytes, Arguments... arguments) {
    gridDim = grid;
    blockDim = dim3(threads);
    dynamic_shared.resize(bytes + 16);
    body = [=] { kernel(arguments...); };
    for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
        for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++) run_block(threads);
}

#define LAUNCH(kernel, grid, threads, bytes, ...) launch(kernel, grid, threads, bytes, __VA_ARGS__)
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(dynamic_shared.data())
#define STATUS() (static_cast<void>(stream), 0)
