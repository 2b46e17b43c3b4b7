# Makes binned_statistic.npz, golden values for package ratemap: SciPy's binned
# means, with points on the edges and within rounding of them.
import numpy as np, scipy.stats as st
rng=np.random.RandomState(5)
n=20
def make(dtype):
    edges=np.linspace(-1.1,1.1,n+1).astype(dtype)
    pos=rng.uniform(-1.2,1.2,(3000,2)).astype(dtype)
    pos[:200]=rng.choice(edges,(200,2))
    pos[200:300]=np.nextafter(rng.choice(edges,(100,2)),rng.choice([-9,9],(100,2)).astype(dtype)).astype(dtype)
    pos[300:400,0]=dtype(1.1)*(1+rng.uniform(-1e-6,1e-6,100)).astype(dtype)
    pos[400:450,1]=-dtype(1.1)*(1+rng.uniform(-1e-6,1e-6,50)).astype(dtype)
    act=rng.randn(3000,3).astype(dtype)
    r=st.binned_statistic_2d(pos[:,0],pos[:,1],act.T,bins=n,statistic='mean',range=[[-1.1,1.1]]*2)[0]
    h=np.histogram2d(pos[:,0],pos[:,1],bins=n,range=[[-1.1,1.1]]*2)[0]
    c=st.binned_statistic_2d(pos[:,0],pos[:,1],None,bins=n,statistic='count',range=[[-1.1,1.1]]*2)[0]
    return pos,act,r,h,c
out={}
for name,dt in (('single',np.float32),('double',np.float64)):
    pos,act,r,h,c=make(dt)
    out[f'{name}_positions']=pos; out[f'{name}_activities']=act; out[f'{name}_ratemaps']=r; out[f'{name}_steps']=c; out[f'{name}_histogram2d']=h
hd=rng.uniform(-np.pi,np.pi,2000); hd[:21]=np.linspace(-np.pi,np.pi,21); hd[20]=-np.pi
act=rng.randn(2000)
out['directions']=hd; out['direction_activities']=act
out['direction_tuning']=st.binned_statistic(hd,act,bins=20,range=(-np.pi,np.pi))[0]
np.savez_compressed('binned_statistic.npz',**out)
