// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_BLOCK_POOL_HPP
#define ASSENT_CORE_DETAIL_BLOCK_POOL_HPP

#include <assent/config.hpp>
#include <assent/core/detail/block.hpp>
#include <assent/core/detail/registry.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

namespace assent::inline ASSENT_ABI::detail {

/// The blocks of a dispatcher of fixed capacity, inside its state, used in turn.
///
/// A slot is used once, so a block has room for as many again before the next one takes over what is live. At that
/// moment `Walks` walks may hold a replaced block each, the current one is still in use, and one must be free.
template <std::uint32_t Capacity, std::uint32_t Walks> class fixed_blocks {
    static constexpr std::uint32_t slots = 2 * Capacity + 16;
    static constexpr std::uint32_t count = Walks + 2;
    static constexpr std::size_t each =
        (block::bytes(slots) + config::cache_line - 1) / config::cache_line * config::cache_line;

public:
    explicit fixed_blocks(registry& of) noexcept {
        pool_.most = Capacity;
        for (std::uint32_t i = 0; i < count; ++i) pool_.give(*block::make_in(memory_ + i * each, slots));
        of.pool = &pool_;
    }
    fixed_blocks(const fixed_blocks&) = delete;
    fixed_blocks& operator=(const fixed_blocks&) = delete;

private:
    block_pool pool_;
    alignas(config::cache_line) std::byte memory_[count * each];
};

/// Blocks come from the heap.
template <std::uint32_t Walks> class fixed_blocks<0, Walks> {
public:
    explicit fixed_blocks(registry&) noexcept {}
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
