import altair as alt
import streamlit as st

from sales import DRINKS, sales

COLOURS = ['#8a5a35', '#c9965a', '#2f7d5b', '#e0b020']
MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
DAYS = 'Mon Tue Wed Thu Fri Sat Sun'.split()

st.set_page_config(page_title='Corner Café', page_icon='☕', layout='wide')
st.html('<style>.stMainBlockContainer { max-width: 1200px; padding-top: 2rem; } h1 { letter-spacing: -0.025em; }</style>')


@st.cache_data
def table():
    rows = sales()
    rows['week'] = rows['time'].dt.to_period('W').dt.start_time
    rows['day'] = rows['time'].dt.day_of_week.map(dict(enumerate(DAYS)))
    rows['hour'] = rows['time'].dt.hour
    return rows


everything = table()
st.title('Corner Café', anchor=False)
st.caption('A year of cups, hour by hour. The café and its numbers are invented.')

with st.container(horizontal=True, vertical_alignment='bottom', gap='medium'):
    drinks = st.pills('Drinks', list(DRINKS), selection_mode='multi', default=list(DRINKS)) or list(DRINKS)
    first, last = st.select_slider('Months', MONTHS, value=('Jan', 'Dec'), width=320)

months = everything['time'].dt.month.between(MONTHS.index(first) + 1, MONTHS.index(last) + 1)
shown = everything[months & everything['drink'].isin(drinks)]
daily = shown.groupby(shown['time'].dt.normalize())['revenue'].sum()

with st.container(horizontal=True, gap='small'):
    st.metric('Revenue', f'€ {shown["revenue"].sum():,.0f}', border=True)
    st.metric('Cups', f'{shown["cups"].sum():,}', border=True)
    st.metric('A day', f'€ {daily.mean():,.0f}', border=True)
    st.metric('Best day', f'{daily.idxmax():%-d %b}', f'€ {daily.max():,.0f}', delta_color='off', border=True)
    st.metric('Favourite', str(shown.groupby('drink')['cups'].sum().idxmax()), border=True)

left, right = st.columns([3, 2], gap='medium')
with left:
    st.subheader('Week by week', anchor=False)
    weekly = shown.groupby(['week', 'drink'], as_index=False)['revenue'].sum()
    st.altair_chart(
        alt.Chart(weekly)
        .mark_area(opacity=0.9)
        .encode(
            alt.X('week', title=None, axis=alt.Axis(format='%b')),
            alt.Y('revenue', title='€ a week'),
            alt.Color('drink', title=None, scale=alt.Scale(domain=list(DRINKS), range=COLOURS)),
            tooltip=['drink', alt.Tooltip('week', format='%-d %B'), alt.Tooltip('revenue', format=',.0f')],
        )
        .configure_legend(orient='bottom')
        .properties(height=340)
    )
with right:
    st.subheader('When it is full', anchor=False)
    busy = shown.groupby(['day', 'hour'], as_index=False)['cups'].mean()
    st.altair_chart(
        alt.Chart(busy)
        .mark_rect(cornerRadius=3)
        .encode(
            alt.X('hour:O', title=None, axis=alt.Axis(labelAngle=0)),
            alt.Y('day', title=None, sort=DAYS),
            alt.Color('cups', legend=None, scale=alt.Scale(scheme='goldgreen')),
            tooltip=['day', 'hour', alt.Tooltip('cups', format='.1f', title='cups of each drink')],
        )
        .properties(height=340)
    )

with st.expander('The numbers'):
    st.dataframe(shown[['time', 'drink', 'cups', 'revenue']], hide_index=True, height=260)
    st.download_button('Download them as CSV', shown.to_csv(index=False), 'sales.csv', 'text/csv')
