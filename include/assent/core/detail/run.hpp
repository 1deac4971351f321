// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_RUN_HPP
#define ASSENT_CORE_DETAIL_RUN_HPP

#include <assent/config.hpp>
#include <assent/core/detail/block.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace assent::inline ASSENT_ABI::detail {

class registry;
struct channel;

/// The entries of one priority, in registration order. Kept until its channel goes, also when empty.
struct run {
    // The head is the current block's address with these bits below it, or 0 when there is nothing.
    static constexpr std::uintptr_t symmetric =
        1; ///< walks fence once, so unregistering need not interrupt them
    static constexpr std::uintptr_t several = 2; ///< the channel has other runs: walk the list
    static constexpr std::uintptr_t strict = 4;  ///< fence kind none: every publication is fenced
    static constexpr std::uintptr_t bits = symmetric | several | strict;

    static block* block_of(std::uintptr_t head) noexcept { return reinterpret_cast<block*>(head & ~bits); }

    run(channel& in, int at_priority) noexcept : of(&in), priority(at_priority) {}
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() {
        if (block* const b = current()) block::free(b);
        while (retired != nullptr) {
            block* const after = retired->next_retired;
            block::free(retired);
            retired = after;
        }
    }

    block* current() const noexcept { return block_of(head.load(std::memory_order_relaxed)); }

    /// The block of this run that the position lies in, or null. Under the registry's lock.
    block* containing(std::uintptr_t at) const noexcept {
        if (block* const b = current(); b != nullptr && b->contains(at)) return b;
        for (block* b = retired; b != nullptr; b = b->next_retired)
            if (b->contains(at)) return b;
        return nullptr;
    }

    std::atomic<std::uintptr_t> head{0};
    channel* of;
    std::atomic<run*> lower{nullptr}; ///< the run of the next lower priority
    block* retired = nullptr;         ///< replaced, still shown by a frame; under the lock, as all below
    std::uint32_t live = 0;
    int priority;
    std::uint32_t removals = 0; ///< counted to find out whether symmetric mode still pays
    std::uint32_t removals_seen = 0;
    std::chrono::steady_clock::time_point last_heavy_fence{};
};

/// All runs of one key, or of a dispatcher without keys.
struct channel {
    explicit channel(registry& in) noexcept : root(*this, 0), highest(&root), owner(&in) {}
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() {
        for (run* r = highest.load(std::memory_order_relaxed); r != nullptr;) {
            run* const after = r->lower.load(std::memory_order_relaxed);
            if (r != &root) delete r;
            r = after;
        }
        delete[] by_priority;
    }

    /// Whether the position lies in one of the blocks. Under the lock.
    bool contains(std::uintptr_t at) const noexcept {
        for (const run* r = highest.load(std::memory_order_relaxed); r != nullptr;
             r = r->lower.load(std::memory_order_relaxed))
            if (r->containing(at) != nullptr) return true;
        return false;
    }

    run root; ///< priority 0; its head carries run::several
    std::atomic<run*> highest;
    registry* owner;
    void (*vacated)(channel*) noexcept = nullptr; ///< keyed: called under the lock when no node is left
    std::size_t nodes = 0; ///< nodes that name a run of this channel, and walks of it; under the lock
    // Sorted from high to low, for look-up; null while there is the root only.
    run** by_priority = nullptr;
    std::uint32_t runs = 1;
    std::uint32_t room = 0;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
