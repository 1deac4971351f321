// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_CATEGORY_HPP
#define ASSENT_CORE_CATEGORY_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/core/status.hpp>

#include <concepts>
#include <functional>
#include <type_traits>

namespace assent::inline ASSENT_ABI {

namespace detail {
template <class C>
concept names_event_type = requires {
    typename C::event_type;
};
template <class C>
concept names_status_type = requires {
    typename C::status_type;
};
template <class C>
concept names_key_type = requires {
    typename C::key_type;
};
template <class C>
concept names_instance_type = requires {
    typename C::instance_type;
};

template <class C> struct event_of { using type = C; };
template <names_event_type C> struct event_of<C> { using type = typename C::event_type; };
} // namespace detail

/// What the callbacks of category C receive. A plain event type is its own category.
template <class C> using event_type_of = typename detail::event_of<C>::type;

/// A kind of event. Either any object type (one-phase: callbacks are told), or a struct whose members say
/// more, see two_phase, keyed and replaying; then it names its `event_type`.
template <class C>
concept event_category =
    std::is_object_v<C> && std::is_object_v<event_type_of<C>> && !std::is_const_v<event_type_of<C>> &&
    (detail::names_event_type<C> ||
     !(detail::names_status_type<C> || detail::names_key_type<C> || detail::names_instance_type<C>));

/// A category whose participants prepare or refuse: it names a `status_type`. It may have
///   static constexpr transaction_rules rules;          see transaction_rules
///   static constexpr transaction_rules replay_rules;   the same when existing instances are replayed
template <class C>
concept two_phase = event_category<C> && detail::names_status_type<C> && status<typename C::status_type>;

/// A category without phases: callbacks are told.
template <class C>
concept one_phase = event_category<C> && !detail::names_status_type<C>;

/// Something that can be looked up in a hash table.
template <class K>
concept hashable_key = std::copyable<K> && std::equality_comparable<K> && requires(const K& k) {
    { std::hash<K>{}(k) } -> std::convertible_to<std::size_t>;
};

/// A category whose receivers register for one key and see only its events:
///   using key_type = …;   static key_type key(const event_type&);
template <class C>
concept keyed = event_category<C> && detail::names_key_type<C> && hashable_key<typename C::key_type> &&
    requires(const event_type_of<C>& e) {
    { C::key(e) } -> std::convertible_to<typename C::key_type>;
};

/// A category whose instances exist over time, so that what exists can be replayed to a newcomer:
///   using instance_type = …;
///   static event_type arrival(const instance_type&);   static event_type removal(const instance_type&);
template <class C>
concept replaying = event_category<C> && detail::names_instance_type<C> &&
    std::copyable<typename C::instance_type> && std::equality_comparable<typename C::instance_type> &&
    std::copy_constructible<event_type_of<C>> && requires(const typename C::instance_type& i) {
    { C::arrival(i) } -> std::convertible_to<event_type_of<C>>;
    { C::removal(i) } -> std::convertible_to<event_type_of<C>>;
};

/// The rules a category states, or the defaults.
template <two_phase C> constexpr transaction_rules rules_of() noexcept {
    if constexpr (requires {
                      { C::rules } -> std::convertible_to<transaction_rules>;
                  }) {
        return C::rules;
    } else {
        return {};
    }
}

/// The rules for a refusal while existing instances are replayed; those of the category by default.
template <two_phase C> constexpr transaction_rules replay_rules_of() noexcept {
    if constexpr (requires {
                      { C::replay_rules } -> std::convertible_to<transaction_rules>;
                  }) {
        return C::replay_rules;
    } else {
        return rules_of<C>();
    }
}

} // namespace assent::inline ASSENT_ABI

#endif
