// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_RUN_HPP
#define ASSENT_CORE_DETAIL_RUN_HPP

#include <assent/config.hpp>
#include <assent/core/detail/block.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

class registry;
struct channel;

/// The entries of one priority, in registration order. It stays until its channel goes; see priority_run.
struct run {
    // The head is the current block's address, or 0 when there is none, with these bits below it.
    static constexpr std::uintptr_t symmetric =
        1; ///< walks fence once, so unregistering need not interrupt them
    static constexpr std::uintptr_t several = 2; ///< the channel has other runs: walk the list
    static constexpr std::uintptr_t strict = 4;  ///< fence kind none: every publication is fenced
    static constexpr std::uintptr_t bits = symmetric | several | strict;

    static block* block_of(std::uintptr_t head) noexcept { return reinterpret_cast<block*>(head & ~bits); }

    /// @param mode  bits of its head
    run(int at_priority, std::uintptr_t mode) noexcept : head(mode), priority(at_priority) {}
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() { free_blocks(); }

    void free_blocks() noexcept {
        if (block* const b = block_of(head.exchange(0, std::memory_order_relaxed))) block::free(b);
        while (retired != nullptr) block::free(std::exchange(retired, retired->next_retired));
    }

    block* current() const noexcept { return block_of(head.load(std::memory_order_relaxed)); }

    /// The channel it belongs to.
    channel& in() noexcept;

    /// The block of this run that the position lies in, or null. Under the registry's lock.
    block* containing(std::uintptr_t at) const noexcept {
        if (block* const b = current(); b != nullptr && b->contains(at)) return b;
        for (block* b = retired; b != nullptr; b = b->next_retired)
            if (b->contains(at)) return b;
        return nullptr;
    }

    std::atomic<std::uintptr_t> head;
    block* retired = nullptr; ///< replaced, still shown by a frame; under the lock, as all below
    std::uint32_t live = 0;
    const int priority;
    std::uint32_t removals_seen = 0; ///< the registry's count, to find out whether symmetric mode still pays
};

/// A run of another priority than 0. Without entries it is unlinked after a while, and then no walk comes to it; it is
/// linked again for the next registration of its priority. It is never freed before its channel, so a walk that is in it
/// goes on from there: what it links to was behind it when it was unlinked, after that walk had begun.
struct priority_run : run {
    priority_run(channel& of, int at_priority, std::uintptr_t mode) noexcept
        : run(at_priority, mode), owner(&of) {}
    channel* const owner;
    std::atomic<run*> lower{nullptr}; ///< the run of the next lower priority
    bool linked = false;              ///< under the lock
};

/// Runs from high to low, for look-up. Under the lock.
struct run_array {
    run_array() noexcept = default;
    run_array(const run_array&) = delete;
    run_array& operator=(const run_array&) = delete;
    ~run_array() { delete[] runs; }

    run** begin() const noexcept { return runs; }
    run** end() const noexcept { return runs + count; }

    /// The first that is not above the priority.
    run** find(int priority) const noexcept {
        return std::lower_bound(begin(), end(), priority,
                                [](const run* r, int wanted) { return r->priority > wanted; });
    }

    /// Room for so many in all. False: no memory.
    bool reserve(std::uint32_t wanted) noexcept {
        if (wanted <= room) return true;
        const std::uint32_t more = std::max(wanted, 2 * room + 4);
        run** const wider = new (std::nothrow) run*[more];
        if (wider == nullptr) return false;
        std::copy_n(runs, count, wider);
        delete[] std::exchange(runs, wider);
        room = more;
        return true;
    }

    /// There is room for it.
    void insert(run** at, run& added) noexcept {
        std::copy_backward(at, end(), end() + 1);
        *at = &added;
        ++count;
    }

    run** runs = nullptr;
    std::uint32_t count = 0;
    std::uint32_t room = 0;
};

/// The runs of a channel that has several.
struct priority_index {
    explicit priority_index(run& root) noexcept : highest(&root) {}

    std::atomic<run*> highest;
    std::atomic<run*> below_root{nullptr};
    // Under the lock.
    run_array all;
    run_array linked;        ///< with room for all
    std::uint32_t empty = 0; ///< of the linked, the root not counted
};

/// All runs of one key, or of a dispatcher without keys. It is the run of priority 0, which most have alone.
struct channel : run {
    explicit channel(registry& of) noexcept; // in the registry's mode
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() {
        priority_index* const all = others.load(std::memory_order_relaxed);
        if (all == nullptr) return;
        for (run* const r : all->all)
            if (r != this) delete static_cast<priority_run*>(r);
        delete all;
    }

    /// From the highest priority down: the first run, and the one after `r` (null: that was the last).
    run* highest() noexcept {
        // Partner of these acquire loads: add_run(), link(), unlink_empty().
        const priority_index* const all = others.load(std::memory_order_acquire);
        return all == nullptr ? this : all->highest.load(std::memory_order_acquire);
    }
    run* below(run& r) noexcept {
        if (&r != this) return static_cast<priority_run&>(r).lower.load(std::memory_order_acquire);
        const priority_index* const all = others.load(std::memory_order_acquire);
        return all == nullptr ? nullptr : all->below_root.load(std::memory_order_acquire);
    }

    /// Where the walks find what follows `r` (null: the first).
    std::atomic<run*>& link_below(run* r) noexcept {
        priority_index& all = *others.load(std::memory_order_relaxed);
        if (r == nullptr) return all.highest;
        return r == this ? all.below_root : static_cast<priority_run*>(r)->lower;
    }

    /// Whether the position lies in one of the blocks. Under the lock.
    bool contains(std::uintptr_t at) noexcept {
        // Also the unlinked: a callback that has unregistered itself may still be running in one.
        const priority_index* const index = others.load(std::memory_order_relaxed);
        if (index == nullptr) return containing(at) != nullptr;
        return std::any_of(index->all.begin(), index->all.end(),
                           [at](const run* r) { return r->containing(at) != nullptr; });
    }

    /// What a frame shows that keeps the channel itself (keyed dispatchers).
    std::uintptr_t pin() const noexcept { return reinterpret_cast<std::uintptr_t>(this) | 1; }

    std::uint32_t nodes = 0; ///< nodes that name a run of this channel, and walks of it; under the lock
    union {
        registry* owner;
        channel* next_retired; ///< of a channel without nodes, see key_table
    };
    std::atomic<priority_index*> others{nullptr}; ///< null: this is the only run; else it has run::several
    std::uint32_t hash = 0;                       ///< of its key; 0 without keys
    bool has_spare_block = false;                 ///< see embedding_channel; under the lock
};

inline channel& run::in() noexcept {
    return priority == 0 ? static_cast<channel&>(*this) : *static_cast<priority_run*>(this)->owner;
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
