// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_FENCE_HPP
#define ASSENT_CORE_FENCE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/win32.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>

// A system header cannot be included from a constant.
#if ASSENT_HAS_MEMBARRIER
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace assent::inline ASSENT_ABI {

/// How a domain orders a notifier's publications against an unregistering thread's scan.
enum class fence_kind : unsigned char {
    /// Notifiers pay a compiler barrier; the unregistering thread makes the system interrupt them.
    asymmetric,
    /// Every publication is followed by a full fence; works everywhere, costs about 5 ns per callback.
    none,
};

namespace detail {

/// Partner: heavy_fence() on the unregistering side. Orders nothing in hardware by itself.
inline void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// A full fence. ThreadSanitizer does not understand fences: there every operation that relies on this
/// one is itself sequentially consistent (see publish() and fenced_load), and this is nothing.
inline void full_fence() noexcept {
    if constexpr (config::thread_sanitizer) return;
#if defined(__x86_64__) && defined(__clang__)
    // Any locked instruction is a full fence. For std::atomic_thread_fence() clang takes MFENCE, which costs three
    // times as much, where g++ takes this.
    asm volatile("lock orl $0, (%%rsp)" ::: "memory", "cc");
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// Memory order of the loads that follow a full_fence(): under ThreadSanitizer they carry the order.
inline constexpr auto fenced_load =
    config::thread_sanitizer ? std::memory_order_seq_cst : std::memory_order_acquire;

/// Stores a value that other threads scan for. Release: overwriting a position is what tells the
/// scanning thread (acquire) that the effects of the callback at the old position are complete.
template <class T> void publish(std::atomic<T>& where, T value) noexcept {
    if constexpr (config::thread_sanitizer) {
        where.exchange(value, std::memory_order_seq_cst);
    } else {
        where.store(value, std::memory_order_release);
    }
}

#if ASSENT_HAS_MEMBARRIER
inline long membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0); }
#endif

/// The best kind this process can have and is allowed to. Idempotent, thread-safe; one system call.
inline fence_kind probe_fence_kind() noexcept {
    if constexpr (config::thread_sanitizer || !config::asymmetric_fence) return fence_kind::none;
#if ASSENT_HAS_MEMBARRIER
    if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0) {
        return fence_kind::asymmetric;
    }
#elif ASSENT_HAS_WIN32
    // Wine implements FlushProcessWriteBuffers as a stub that fences nothing.
    auto* const ntdll = GetModuleHandleA("ntdll.dll");
    if (ntdll != nullptr && GetProcAddress(ntdll, "wine_get_version") == nullptr) {
        return fence_kind::asymmetric;
    }
#endif
    return fence_kind::none;
}

/// Makes every running thread of the process execute a full fence before this returns.
/// Errors  a fence that worked when it was registered and fails now ends the program: notifiers rely
///         on it, nothing sound is left to fall back to.
/// Cost    0.12 µs alone, 6 to 14 µs with another thread running (Linux membarrier, 2.3 GHz server core).
inline void heavy_fence() noexcept {
#if ASSENT_HAS_MEMBARRIER
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        std::fputs("assent: membarrier failed after it had been registered; cannot go on\n", stderr);
        std::abort();
    }
#elif ASSENT_HAS_WIN32
    FlushProcessWriteBuffers();
#endif
}

} // namespace detail
} // namespace assent::inline ASSENT_ABI

#endif
