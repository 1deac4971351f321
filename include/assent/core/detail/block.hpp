// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_BLOCK_HPP
#define ASSENT_CORE_DETAIL_BLOCK_HPP

#include <assent/config.hpp>
#include <assent/core/detail/node.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

namespace assent::inline ASSENT_ABI::detail {

/// What a walk reads per callback. A null `invoke` is an entry that was unregistered.
struct entry {
    std::atomic<invoke_function> invoke;
    node* callee;
};

/// Entries in registration order, contiguous, then their sequence numbers (cold: only to find an entry
/// in a block that has been replaced). A slot is used at most once, so positions within a walk only grow.
class alignas(8) block { // three low bits of its address are free: see run::bits
public:
    static constexpr std::size_t bytes(std::uint32_t capacity) noexcept {
        return sizeof(block) + capacity * (sizeof(entry) + sizeof(std::uint64_t));
    }

    /// In cache lines of its own: nobody else's writes disturb the threads that walk it. Null: no memory.
    static block* make(std::uint32_t capacity) noexcept {
        constexpr std::size_t line = config::cache_line;
        void* const memory =
            ::operator new((bytes(capacity) + line - 1) / line * line, std::align_val_t(line), std::nothrow);
        return memory == nullptr ? nullptr : new (memory) block(capacity, false);
    }

    /// In memory that is part of something else; free() then does nothing.
    static block* make_in(void* memory, std::uint32_t capacity) noexcept {
        return new (memory) block(capacity, true);
    }

    static void free(block* b) noexcept {
        if (!b->embedded) ::operator delete(b, std::align_val_t(config::cache_line));
    }

    entry* entries() noexcept { return reinterpret_cast<entry*>(this + 1); }
    std::uint64_t* sequences() noexcept { return reinterpret_cast<std::uint64_t*>(entries() + capacity); }

    static std::uintptr_t address(const entry* e) noexcept { return reinterpret_cast<std::uintptr_t>(e); }
    std::uintptr_t first() noexcept { return address(entries()); }
    /// A position behind the last entry: pins the block, shows no call. Odd, so that it is told from an
    /// entry's without knowing the block.
    std::uintptr_t pin() noexcept { return address(entries() + capacity) + 1; }
    static bool is_pin(std::uintptr_t at) noexcept { return (at & 1) != 0; }

    bool contains(std::uintptr_t at) noexcept {
        return at >= reinterpret_cast<std::uintptr_t>(this) &&
               at < reinterpret_cast<std::uintptr_t>(sequences() + capacity);
    }

    /// The entry with this sequence number, or null. The newest entries must be published already.
    entry* find(std::uint64_t sequence) noexcept {
        std::uint64_t* const end = sequences() + size.load(std::memory_order_relaxed);
        std::uint64_t* const it = std::lower_bound(sequences(), end, sequence);
        return it != end && *it == sequence ? entries() + (it - sequences()) : nullptr;
    }

    std::atomic<std::uint32_t> size{0};
    const std::uint32_t capacity : 31;
    const std::uint32_t embedded : 1; ///< in memory that is part of something else
    block* next_retired = nullptr;    ///< or the next free one of a pool

private:
    block(std::uint32_t room, bool in_other) noexcept
        : capacity(room & 0x7FFF'FFFFU), embedded(in_other ? 1U : 0U) {
        std::uninitialized_value_construct_n(entries(), room);
        std::uninitialized_default_construct_n(sequences(), room);
    }
};

static_assert(sizeof(entry) == 2 * sizeof(void*));
static_assert(sizeof(block) % alignof(entry) == 0 && alignof(block) >= alignof(entry));

/// Blocks that are used in turn. Under the registry's lock.
struct block_pool {
    /// Null: all are in use.
    block* take() noexcept {
        block* const taken = free;
        if (taken != nullptr) free = taken->next_retired;
        return taken;
    }
    void give(block& b) noexcept {
        b.next_retired = free;
        free = &b;
    }

    block* free = nullptr;
    std::uint32_t most = 0; ///< registrations at one time
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
