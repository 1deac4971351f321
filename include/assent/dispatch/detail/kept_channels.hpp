// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_KEPT_CHANNELS_HPP
#define ASSENT_DISPATCH_DETAIL_KEPT_CHANNELS_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/dispatch/detail/state.hpp>

#include <algorithm>
#include <mutex>
#include <span>
#include <vector>

namespace assent::inline ASSENT_ABI::detail {

/// The channels whose participants a transaction asks, kept from going with the last of them while they are
/// walked. Without keys there is one, as long as the state, which the ticket keeps.
template <class C, class State> class kept_channels {
public:
    kept_channels(State& s, const event_type_of<C>&) noexcept : one_(&s.channels.all) {}
    std::span<channel* const> all() const noexcept { return {&one_, 1}; }

private:
    channel* const one_;
};

/// With keys: of those that somebody is registered for.
template <keyed C, class State> class kept_channels<C, State> {
public:
    /// The channel of the event.
    kept_channels(State& s, const event_type_of<C>& event) : state_(s) {
        const auto key = C::key(event);
        const std::lock_guard guard(s.lock);
        keep(s.channels.find(key), one_);
    }

    /// The channels of several keys, each once, in the order of the keys.
    /// Errors  std::bad_alloc.
    template <class Key>
    kept_channels(State& s, std::span<const Key> keys) : state_(s), several_(keys.size()) {
        const std::lock_guard guard(s.lock);
        for (const Key& key : keys) keep(s.channels.find(key), several_);
    }

    kept_channels(const kept_channels&) = delete;
    kept_channels& operator=(const kept_channels&) = delete;
    ~kept_channels() {
        for (channel* const c : kept_) {
            registry::remains left;
            {
                const std::lock_guard guard(state_.lock);
                left = state_.leave(*c);
            }
            state_.bury(left);
        }
    }

    std::span<channel* const> all() const noexcept { return kept_; }

private:
    void keep(channel* c, std::span<channel*> room) noexcept {
        if (c == nullptr || std::find(kept_.begin(), kept_.end(), c) != kept_.end()) return;
        ++c->nodes;
        room[kept_.size()] = c;
        kept_ = room.first(kept_.size() + 1);
    }

    State& state_;
    channel* one_[1] = {};
    std::vector<channel*> several_;
    std::span<channel* const> kept_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
