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
class alignas(config::cache_line) block {
public:
    /// Null: no memory.
    static block* make(std::uint32_t capacity) noexcept {
        const std::size_t bytes = sizeof(block) + capacity * (sizeof(entry) + sizeof(std::uint64_t));
        void* const memory = ::operator new(bytes, std::align_val_t(alignof(block)), std::nothrow);
        return memory == nullptr ? nullptr : new (memory) block(capacity);
    }

    static void free(block* b) noexcept { ::operator delete(b, std::align_val_t(alignof(block))); }

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
    const std::uint32_t capacity;
    block* next_retired = nullptr;

private:
    explicit block(std::uint32_t room) noexcept : capacity(room) {
        std::uninitialized_value_construct_n(entries(), room);
        std::uninitialized_default_construct_n(sequences(), room);
    }
};

static_assert(sizeof(entry) == 2 * sizeof(void*));

} // namespace assent::inline ASSENT_ABI::detail

#endif
