// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_EMBEDDING_CHANNEL_HPP
#define ASSENT_CORE_DETAIL_EMBEDDING_CHANNEL_HPP

#include <assent/config.hpp>
#include <assent/core/detail/run.hpp>

namespace assent::inline ASSENT_ABI::detail {

/// A channel with room for one entry in itself: of many keys most have one receiver.
struct embedding_channel : channel {
    explicit embedding_channel(registry& of) noexcept : channel(of) { has_spare_block = true; }
    // Here, while the memory is still there.
    ~embedding_channel() { free_blocks(); }

    /// The block in this, empty. Under the lock; nobody uses it.
    block* take_spare_block() noexcept {
        has_spare_block = false;
        return block::make_in(memory_, 1);
    }

private:
    alignas(block) unsigned char memory_[block::bytes(1)];
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
