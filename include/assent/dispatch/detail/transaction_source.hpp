// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TRANSACTION_SOURCE_HPP
#define ASSENT_DISPATCH_DETAIL_TRANSACTION_SOURCE_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/dispatch/detail/kept_channels.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

template <class C> struct instance_of { using type = no_instances; };
template <names_instance_type C> struct instance_of<C> { using type = typename C::instance_type; };
/// The category's instance_type; a placeholder for those without.
template <class C> using instance_type_of = typename instance_of<C>::type;

/// An instance of the category, or a callable that makes one.
template <class I, class C>
concept instance_source = std::convertible_to<const I&, instance_type_of<C>> || requires(const I& make) {
    { make() } -> std::convertible_to<instance_type_of<C>>;
};

// Where a transaction's event comes from. Made when it is the transaction's turn; all that may fail is done by
// the time anybody is asked.

/// An event of the caller's.
template <class C> class given_event {
public:
    using source = given_event;
    static constexpr bool changes_instances = false;

    explicit given_event(const event_type_of<C>& event) noexcept : event_(event) {}

    template <class State> given_event(State&, const given_event& wanted) noexcept : event_(wanted.event_) {}
    const event_type_of<C>& event() const noexcept { return event_; }
    template <class State> kept_channels<C, State> channels(State& s) const { return {s, event_}; }
    template <class State> void happened(State&) const noexcept {}
    auto keys() const { return std::array{C::key(event_)}; }

private:
    const event_type_of<C>& event_;
};

/// An event of the caller's that concerns several keys.
template <class C, class Key> class event_of_keys : public given_event<C> {
public:
    using source = event_of_keys;
    event_of_keys(std::span<const Key> keys, const event_type_of<C>& event) noexcept
        : given_event<C>(event), keys_(keys) {}

    template <class State>
    event_of_keys(State& s, const event_of_keys& wanted) noexcept
        : given_event<C>(s, wanted), keys_(wanted.keys_) {}
    template <class State> kept_channels<C, State> channels(State& s) const { return {s, keys_}; }
    std::span<const Key> keys() const noexcept { return keys_; }

private:
    std::span<const Key> keys_;
};

template <class C> class instance_event;

/// What the caller says about an instance that comes or goes: the instance, or what makes it.
template <class C, class Instance> struct instance_wanted {
    using source = instance_event<C>;
    auto keys() const { return std::array{C::key(arrives ? C::arrival(instance) : C::removal(instance))}; }
    const Instance& instance;
    bool arrives;
};

/// The arrival or removal of an instance, which then belongs, or no longer belongs, to what exists.
template <class C> class instance_event {
public:
    static constexpr bool changes_instances = true;

    template <class State, class Instance>
    instance_event(State& s, const instance_wanted<C, Instance>& wanted)
        : changing_(made(wanted.instance)),
          event_(wanted.arrives ? C::arrival(changing_) : C::removal(changing_)) {
        if (!wanted.arrives) return;
        // Nothing that may fail is left for after the change.
        kept_.emplace(changing_);
        if (s.instances.size() == s.instances.capacity()) s.instances.reserve(2 * s.instances.size() + 4);
    }
    const event_type_of<C>& event() const noexcept { return event_; }
    template <class State> kept_channels<C, State> channels(State& s) const { return {s, event_}; }

    /// Until now a newcomer's replay shows what was before the change; it is owed the change itself.
    template <class State> void happened(State& s) {
        const auto it = std::find(s.instances.begin(), s.instances.end(), changing_);
        if (kept_ && it == s.instances.end()) {
            s.instances.push_back(std::move(*kept_));
        } else if (!kept_ && it != s.instances.end()) {
            s.instances.erase(it);
        }
        s.in_flight = false;
    }

private:
    using instance_type = typename C::instance_type;
    template <class Instance> static instance_type made(const Instance& instance) {
        if constexpr (std::convertible_to<const Instance&, instance_type>) {
            return instance;
        } else {
            return std::invoke(instance);
        }
    }

    instance_type changing_;
    std::optional<instance_type> kept_; ///< becomes part of what exists; none: a removal
    event_type_of<C> event_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
